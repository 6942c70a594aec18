import { EspeakError } from './espeak-error.ts';
import type { JobListener } from './espeak-thread.ts';
import type { SpeakOutcome, ThreadMessage } from './thread-messages.ts';
import type { JobHandle } from './thread-pool.ts';
import type { EspeakMark } from './word-marks.ts';

/** Where a part's speech goes, in the part's own times and offsets. */
export interface PartTarget {
  onMark(mark: EspeakMark): void;
  /** `false`: no more until `ready()`. */
  onAudio(pcm: Uint8Array): boolean;
  ready(): Promise<void>;
}

/** Keeps what a thread made until the target wants it. */
export interface PartReceiver extends JobListener {
  /**
   * Hands everything on. Settles with `undefined` when the part is finished, or with the samples made so
   * far when the thread was so far ahead that the job was parked.
   */
  run(handle: JobHandle, signal: AbortSignal | undefined): Promise<number | undefined>;
}

type Arrival =
  | Exclude<ThreadMessage, { type: 'ready' }>
  | { readonly type: 'died'; readonly error: EspeakError };

/** Makes the receiver of one job. */
export function createPartReceiver(target: PartTarget): PartReceiver {
  const arrivals: Arrival[] = [];
  let wake: (() => void) | undefined;

  const arrive = (arrival: Arrival): void => {
    arrivals.push(arrival);
    wake?.();
  };
  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  const handOn = async (handle: JobHandle): Promise<SpeakOutcome | undefined> => {
    const arrival = arrivals.shift();
    switch (arrival?.type) {
      case undefined:
        await changed();
        return undefined;
      case 'audio':
        handle.grant();
        for (const mark of arrival.marks) target.onMark(mark);
        if (!target.onAudio(arrival.pcm)) await target.ready();
        return undefined;
      case 'done':
        for (const mark of arrival.marks) target.onMark(mark);
        return arrival.outcome;
      case 'refused':
        throw new EspeakError('BAD_REQUEST', arrival.problem);
      case 'died':
        throw arrival.error;
      default:
        arrival satisfies never;
        return undefined;
    }
  };

  return {
    onMessage: arrive,
    onDeath: (error) => arrive({ type: 'died', error }),
    async run(handle, signal) {
      const onAbort = (): void => {
        handle.cancel();
        wake?.();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        for (;;) {
          const outcome = await handOn(handle);
          signal?.throwIfAborted();
          if (outcome !== undefined) return outcome.kind === 'parked' ? outcome.sourceSamples : undefined;
        }
      } finally {
        signal?.removeEventListener('abort', onAbort);
        handle.cancel();
      }
    },
  };
}
