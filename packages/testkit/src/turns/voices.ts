import { samplesFromBytes } from '@parley/audio';
import { createEspeak, type Espeak } from '@parley/engine-espeak';
import { CORPUS_RATE_HZ, fromPcm, type Interval, type Signal } from './signal.ts';
import { speechIntervals } from './speech-intervals.ts';

/** Who says something. */
export interface Speaker {
  /** Id of one of espeak's voices. */
  readonly voiceId: string;
  readonly variant: string;
  /** Speaking rate; 1 is normal. */
  readonly speed: number;
}

/** Something said, clean. */
export interface Saying {
  readonly text: string;
  readonly signal: Signal;
  /** Where in the signal there is speech. */
  readonly speech: readonly Interval[];
}

/** Speaks texts one after the other, so that the same corpus is the same on every machine. */
export class Voices {
  // One thread: with more, which one speaks would be left to chance, and espeak has state.
  readonly #espeak: Espeak = createEspeak({ threads: 1 });

  /** Says a text. */
  async say(text: string, { voiceId, variant, speed }: Speaker): Promise<Saying> {
    const pieces: Uint8Array[] = [];
    await this.#espeak.synthesize(
      { text, voiceId, variant, speed, sampleRateHz: CORPUS_RATE_HZ },
      {
        audio(pcm) {
          pieces.push(pcm);
          return true;
        },
        mark: () => undefined,
        ready: () => Promise.resolve(),
      },
    );
    const signal = fromPcm(samplesFromBytes(Uint8Array.from(Buffer.concat(pieces))));
    return { text, signal, speech: speechIntervals(signal) };
  }

  /** Ends the thread. Idempotent. */
  close(): Promise<void> {
    return this.#espeak.close();
  }
}
