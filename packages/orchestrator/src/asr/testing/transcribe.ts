import { ASR_RATE_HZ, type AsrEngine, type AsrEvent } from '../asr-engine.ts';

/** What came of one turn. */
export interface TranscribedTurn {
  /** Everything that was told, in order. */
  readonly events: readonly AsrEvent[];
  /** The final text; a failed turn rejects instead. */
  readonly text: string;
}

/** Sends audio through an engine as a microphone does, in pieces of 100 ms, and waits for the end. */
export function transcribe(
  engine: AsrEngine,
  samples: Int16Array,
  options: { readonly partials?: boolean; readonly language?: string } = {},
): Promise<TranscribedTurn> {
  const { promise, resolve, reject } = Promise.withResolvers<TranscribedTurn>();
  const events: AsrEvent[] = [];
  const stream = engine.start({
    sampleRateHz: ASR_RATE_HZ,
    ...options,
    onEvent(event) {
      events.push(event);
      if (event.kind === 'final') resolve({ events, text: event.text });
      if (event.kind === 'failed') reject(event.error);
    },
  });
  const step = ASR_RATE_HZ / 10;
  for (let start = 0; start < samples.length; start += step)
    stream.push(samples.subarray(start, start + step));
  stream.end();
  return promise;
}
