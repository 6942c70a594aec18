import { levelDbfs } from '../level.ts';
import { samplesPerFrame } from '../pcm-format.ts';
import { FrameSplitter } from './frame-splitter.ts';
import { Fvad, type VadAggressiveness } from './fvad.ts';
import { checkAggressiveness, checkFrameDuration, checkSampleRate } from './vad-detector.ts';
import type { VadDecisionHandler, VadEngine, VadStream } from './vad-engine.ts';
import { VadError } from './vad-error.ts';

/** Options of {@link createWebrtcEngine}. */
export interface WebrtcEngineOptions {
  /** How readily sound is called noise, 0 (rarely) to 3 (readily). Default 2. */
  readonly aggressiveness?: number;
  /** Audio of one decision, in ms: 10, 20 (the default) or 30. */
  readonly frameDurationMs?: number;
}

/**
 * The WebRTC detector (libfvad) as a {@link VadEngine}: synchronous, a microsecond or two a frame, and
 * quick to call noise speech.
 *
 * @throws RangeError when an option is none of the values it may have
 */
export function createWebrtcEngine(options: WebrtcEngineOptions = {}): VadEngine {
  const aggressiveness = checkAggressiveness(options.aggressiveness ?? 2);
  const frameMs = checkFrameDuration(options.frameDurationMs ?? 20);
  const streams = new Set<WebrtcStream>();
  let closed = false;
  let decisions = 0;
  return {
    name: 'webrtc',
    synchronous: true,
    createStream({ sampleRateHz, onDecision }) {
      if (closed) throw new VadError('CLOSED', 'The VAD engine is closed.');
      checkSampleRate(sampleRateHz);
      const stream = new WebrtcStream(
        sampleRateHz,
        frameMs,
        aggressiveness,
        (probability, level, start, end) => {
          decisions += 1;
          onDecision(probability, level, start, end);
        },
        () => streams.delete(stream),
      );
      streams.add(stream);
      return stream;
    },
    stats: () => ({
      streams: streams.size,
      decisions,
      inferredWindows: 0,
      batches: 0,
      shedWindows: 0,
      threadRestarts: 0,
    }),
    close() {
      closed = true;
      for (const stream of streams) stream.close();
      return Promise.resolve();
    },
  };
}

class WebrtcStream implements VadStream {
  readonly pendingDecisions = 0;
  readonly sampleRateHz: number;
  readonly #fvad: Fvad;
  readonly #splitter: FrameSplitter;
  readonly #onDecision: VadDecisionHandler;
  readonly #onClose: () => void;
  #pushed = 0;
  #decided = 0;

  constructor(
    sampleRateHz: number,
    frameMs: number,
    aggressiveness: VadAggressiveness,
    onDecision: VadDecisionHandler,
    onClose: () => void,
  ) {
    this.sampleRateHz = sampleRateHz;
    this.#fvad = new Fvad(sampleRateHz, aggressiveness);
    this.#splitter = new FrameSplitter(samplesPerFrame(sampleRateHz, frameMs), (frame) => this.#judge(frame));
    this.#onDecision = onDecision;
    this.#onClose = onClose;
  }

  get pushedSamples(): number {
    return this.#pushed;
  }

  get decidedSamples(): number {
    return this.#decided;
  }

  push(samples: Int16Array): void {
    if (this.#fvad.closed) return;
    this.#pushed += samples.length;
    this.#splitter.push(samples);
  }

  close(): void {
    if (this.#fvad.closed) return;
    this.#fvad.close();
    this.#onClose();
  }

  #judge(frame: Int16Array): void {
    // The handler of an earlier frame of the same push may have closed the stream.
    if (this.#fvad.closed) return;
    const start = this.#decided;
    this.#decided += frame.length;
    this.#onDecision(this.#fvad.isSpeech(frame) ? 1 : 0, levelDbfs(frame), start, this.#decided);
  }
}
