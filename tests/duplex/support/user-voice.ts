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
  const quiet = { kind: 'quiet', ms: 500 } as const;
  const talk = await recordUser([{ kind: 'say', text: 'No no no, I meant the other one, in the city.' }]);
  const backchannel = await recordUser([{ kind: 'say', text: 'uh-huh' }, quiet]);
  const cough = await recordUser([{ kind: 'cough' }, quiet]);
  const silence = await recordUser([quiet]);
  const fromSample = (talk.speech[0]?.startMs ?? 0) * SAMPLES_PER_MS;
  return {
    interruption: talk.samples,
    backchannel: backchannel.samples,
    cough: cough.samples,
    quiet: silence.samples,
    interruptionUpTo: (ms) => talk.samples.slice(0, fromSample + ms * SAMPLES_PER_MS),
  };
}
