import type {
  FrameSink,
  SegmentSynthesis,
  SpeechSession,
  SynthesisResult,
  VoiceRequest,
} from '../ports/worker-pool.ts';

/** One asked-for segment, answered by hand. */
export interface Asked {
  readonly text: string;
  readonly voice: VoiceRequest;
  readonly sink: FrameSink;
  readonly previousText: string;
  readonly finish: (result: SynthesisResult) => void;
  cancelled: boolean;
  resumed: number;
}

/** A worker whose answers are given by hand. */
export class FakeSpeech implements SpeechSession {
  readonly workerAddr = 'grpc://worker:7001';
  readonly asked: Asked[] = [];
  closed = 0;

  synthesize(text: string, voice: VoiceRequest, sink: FrameSink, previousText = ''): SegmentSynthesis {
    const { promise, resolve } = Promise.withResolvers<SynthesisResult>();
    const asked: Asked = { text, voice, sink, previousText, finish: resolve, cancelled: false, resumed: 0 };
    this.asked.push(asked);
    return {
      done: promise,
      resume: () => {
        asked.resumed += 1;
      },
      cancel: () => {
        asked.cancelled = true;
        resolve({ kind: 'cancelled' });
      },
    };
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}
