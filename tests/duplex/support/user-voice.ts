import { recordUser } from '@parley/testkit/turns';

/** Samples of a millisecond of microphone audio. */
export const SAMPLES_PER_MS = 16;

/** Microphone audio of a user, at 16 kHz. */
export interface UserVoice {
  /** More than two seconds of somebody who means it. */
  readonly interruption: Int16Array;
  /** "Uh-huh", of less than half a second, and the silence in which it is known to be over. */
  readonly backchannel: Int16Array;
  /** A cough, and the silence after it. */
  readonly cough: Int16Array;
  /** Half a second of nothing but the room: speech ends in it. */
  readonly quiet: Int16Array;
  /** The sounds of `interruption` up to `ms` from its first one. */
  interruptionUpTo(ms: number): Int16Array;
}

/** Has a user speak, once for all tests of a file. */
export async function makeUserVoice(): Promise<UserVoice> {
  const { parts, samples, speech } = await recordUser([
    { kind: 'say', text: 'No no no, I meant the other one, in the city.' },
    { kind: 'quiet', ms: 500 },
    { kind: 'say', text: 'uh-huh' },
    { kind: 'quiet', ms: 500 },
    { kind: 'cough' },
    { kind: 'quiet', ms: 500 },
  ]);
  const [interruption = samples, quiet = samples, ...others] = parts;
  const [word = samples, quietAfterWord = samples, cough = samples, quietAfterCough = samples] = others;
  const onset = (speech[0]?.startMs ?? 0) * SAMPLES_PER_MS;
  return {
    interruption,
    backchannel: Int16Array.from([...word, ...quietAfterWord]),
    cough: Int16Array.from([...cough, ...quietAfterCough]),
    quiet,
    interruptionUpTo: (ms) => interruption.slice(0, onset + ms * SAMPLES_PER_MS),
  };
}
