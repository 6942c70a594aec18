import type { Interval } from './signal.ts';

/** What a clip is about. */
export type ClipCategory =
  /** Somebody talks in a quiet room. */
  | 'speech'
  /** Somebody talks, and there is noise. */
  | 'noisy-speech'
  /** One word that shows somebody listens; speech, but no wish to interrupt. */
  | 'backchannel'
  /** The system talks and somebody interrupts it; echo of the system may be heard. */
  | 'interruption'
  /** The system talks, nobody else does, and its echo is heard. */
  | 'echo'
  | 'cough'
  | 'noise'
  | 'clicks'
  | 'tones'
  /** Other people talk in the background; nobody talks to the system. */
  | 'babble';

/** One recording of a microphone, 16 kHz mono, with what is true about it. */
export interface TurnClip {
  /** Unique, such as `noisy-speech/pink/10dB/2`. */
  readonly name: string;
  readonly category: ClipCategory;
  /** The noise within the clip, where there is one. */
  readonly noise?: 'white' | 'pink' | 'hum' | 'babble';
  /** How much louder the voice is than the noise, in dB. */
  readonly snrDb?: number;
  /** Level of the noise where nobody talks, or of the echo, in dBFS. */
  readonly levelDbfs?: number;
  /** s16 samples at 16 kHz. */
  readonly samples: Int16Array;
  /** Where the user talks, to 5 ms; empty where nobody does. */
  readonly speech: readonly Interval[];
  /** Where something else is to be heard that might be taken for speech: a cough, the echo. */
  readonly otherSound: readonly Interval[];
  /** Where the system itself speaks, as it knows. */
  readonly systemSpeaks: readonly Interval[];
  /** What the user says, where they do. */
  readonly text?: string;
}
