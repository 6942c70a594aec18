import type { CliError } from '../cli-error.ts';

/** Somewhere speech goes: a WAV file, standard output, a loudspeaker. Who opens it finishes or aborts it. */
export interface SpeechOutput {
  /** Where it goes, for people: `out.wav`, `aplay`. */
  readonly name: string;
  /** Bytes taken but not yet passed on. */
  readonly backlogBytes: number;
  /** Takes s16le mono samples. They are copied or written before this returns. */
  write(pcm: Uint8Array): void;
  /** Resolves when everything written has been saved or played. Idempotent. */
  finish(): Promise<void>;
  /** Ends at once; what has been saved stays usable. Idempotent. */
  abort(): Promise<void>;
}

/** What a {@link SpeechOutput} tells the one who opened it. */
export interface SpeechOutputEvents {
  /** The backlog is gone. */
  onDrained(): void;
  /** It takes no more: `error` says why, or is absent when a pipe's reader simply went away. */
  onBroken(error?: CliError): void;
}

/** Rate of the speech a server sends to clients of the base dialect, in Hz. */
export const SPEECH_RATE_HZ: number = 48_000;
