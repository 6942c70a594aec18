import { setTimeout as delay } from 'node:timers/promises';
import { connect, type ParleySession } from '@parley/client';
import { createWavMicrophone } from '@parley/client/node';
import { LatencyHistogram } from '../load-generator/latency-histogram.ts';
import type { HearingTurns } from './hearing-report.ts';
import type { SpokenWav } from './spoken-wav.ts';

/** Options of {@link talk}. */
export interface TalkOptions {
  readonly url: string;
  readonly sessions: number;
  readonly wav: SpokenWav;
  /** No turn begins later than so many seconds after the first one. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** A turn that is not over by then has failed. */
const TURN_TIMEOUT_MS = 30_000;
/** Silence after the recording: longer than any endpointing that makes sense. */
const SILENCE_MS = 2000;

/** Has sessions speak turn after turn, spread over the length of the recording, and times what comes back. */
export async function talk(options: TalkOptions): Promise<HearingTurns> {
  const tally = new TurnTally();
  const untilMs = performance.now() + options.seconds * 1000;
  const gapMs = (options.wav.lastSoundMs + SILENCE_MS) / options.sessions;
  await Promise.all(
    Array.from({ length: options.sessions }, async (_, index) => {
      await delay(index * gapMs, undefined, { signal: options.signal });
      await converse(options, tally, untilMs);
    }),
  );
  return tally.summary();
}

async function converse(options: TalkOptions, tally: TurnTally, untilMs: number): Promise<void> {
  const session = await connect({ url: options.url, signal: options.signal });
  session.on('error', ({ code, message }) => tally.failedWith(`${code}: ${message}`));
  try {
    do {
      const turn = await takeTurn(session, options);
      tally.add(turn);
    } while (performance.now() < untilMs && !options.signal.aborted);
  } finally {
    await session.close();
  }
}

interface Turn {
  readonly transcript?: string;
  readonly finalMs?: number;
  readonly firstAudioMs?: number;
}

async function takeTurn(session: ParleySession, { wav, signal }: TalkOptions): Promise<Turn> {
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  let endedMs = Infinity;
  let turn: Turn = {};
  const stops = [
    session.on('transcript', ({ is_final: isFinal, text }) => {
      if (!isFinal || turn.finalMs !== undefined) return;
      turn = { ...turn, transcript: text, finalMs: performance.now() - endedMs };
      if (text === '') resolve();
    }),
    session.on('audio', () => {
      if (turn.finalMs === undefined || turn.firstAudioMs !== undefined) return;
      turn = { ...turn, firstAudioMs: performance.now() - endedMs };
      resolve();
    }),
  ];
  const file = createWavMicrophone({ wav: wav.bytes, trailingSilenceMs: SILENCE_MS });
  const listening = session.listen({
    sampleRateHz: file.sampleRateHz,
    ended: file.ended,
    close: () => file.close(),
    start(listener) {
      // A frame goes out when its last sample was spoken, so that the end of speech is known beforehand.
      endedMs = performance.now() + wav.lastSoundMs;
      file.start(listener);
    },
  });
  await Promise.race([answered, delay(TURN_TIMEOUT_MS, undefined, { signal, ref: false })]);
  for (const stop of stops) stop();
  // Nobody listens to the answer.
  session.stop();
  await file.close();
  await listening;
  return turn;
}

/** Adds up turns. */
class TurnTally {
  readonly #finalMs = new LatencyHistogram();
  readonly #firstAudioMs = new LatencyHistogram();
  #said = 0;
  #failed = 0;
  #errors = 0;
  #firstError: string | undefined;
  #transcript = '';

  add({ finalMs, firstAudioMs, transcript = '' }: Turn): void {
    this.#said += 1;
    if (finalMs !== undefined) this.#finalMs.record(finalMs);
    if (firstAudioMs !== undefined) this.#firstAudioMs.record(firstAudioMs);
    if (transcript === '' || firstAudioMs === undefined) this.#failed += 1;
    else this.#transcript = transcript;
  }

  failedWith(error: string): void {
    this.#errors += 1;
    this.#firstError ??= error;
  }

  summary(): HearingTurns {
    return {
      said: this.#said,
      failed: this.#failed,
      errors: this.#errors,
      ...(this.#firstError !== undefined && { firstError: this.#firstError }),
      transcript: this.#transcript,
      finalMs: this.#finalMs.summary(),
      firstAudioMs: this.#firstAudioMs.summary(),
    };
  }
}
