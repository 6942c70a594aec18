import type {
  SessionLimits,
  SessionSettings,
  SessionSettingsUpdate,
  SessionStateName,
} from '@parley/protocol/client';
import type { Unsubscribe } from '../emitter.ts';
import type { Microphone } from '../microphone/microphone.ts';
import type { ConnectionState, SessionEnd } from './connection-state.ts';
import type { SessionEvents } from './session-events.ts';
import type { SpeechCounters } from './speech-inbox.ts';
import type { TextStream } from './text-stream.ts';

/** Options of {@link ParleySession.say} and {@link ParleySession.stream}. */
export interface UtteranceOptions {
  /** Name of the utterance: 1 to 64 printable ASCII characters, unique in the session. Default: one is made. */
  readonly utteranceId?: string;
}

/**
 * A conversation with a server. It outlives its connections: while one is lost, what is said waits, bounded,
 * and goes out when there is one again. Who connects closes it, by {@link close} or {@link end}.
 */
export interface ParleySession {
  /** As given by the server; another one after `replaced`. */
  readonly id: string;
  readonly connection: ConnectionState;
  /** State of the conversation, as last told by the server. */
  readonly state: SessionStateName;
  /** Settings in force. */
  readonly settings: SessionSettings;
  readonly limits: SessionLimits;
  /** Last measured time to the server and back, in ms; `undefined` before the first. */
  readonly rttMs: number | undefined;
  /** What became of the speech that arrived. */
  readonly speech: SpeechCounters;
  /** Resolves at the very end with how it came; never rejects. */
  readonly ended: Promise<SessionEnd>;

  /** Calls `listener` for each such event until the returned function is called. */
  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): Unsubscribe;
  /** Resolves with the next such event; stays open when none comes any more. */
  once<Name extends keyof SessionEvents>(name: Name): Promise<SessionEvents[Name]>;

  /**
   * Has a text spoken, after what is being said. Returns the id of the utterance.
   *
   * @throws ParleyClientError `SESSION_CLOSED`, `OUTBOX_FULL`, or `INVALID_ARGUMENT` for an empty text
   */
  say(text: string, options?: UtteranceOptions): string;
  /** Has a text spoken while it is still being written. */
  stream(options?: UtteranceOptions): TextStream;
  /** Holds speech, here at once and on the server, until {@link resume} or {@link stop}. */
  pause(): void;
  /** Goes on with the very next sample. */
  resume(): void;
  /** Drops what is being said and everything queued behind it: here at once, and on the server. */
  stop(): void;
  /**
   * Changes settings; resolves with all of them once they are in force.
   *
   * @throws ParleyClientError `INVALID_MESSAGE` naming each wrong field; nothing was changed then
   */
  update(settings: SessionSettingsUpdate): Promise<SessionSettings>;
  /**
   * Sends microphone audio. 16-bit samples go out as they are and need `settings.input.encoding` to be
   * `pcm_s16le`; bytes must be in the encoding that is set.
   */
  sendAudio(audio: Int16Array | Uint8Array): void;
  /**
   * Sends what a microphone hears, at its rate, until it ends; closes it then, or with the session, or at once where
   * the session is over.
   *
   * Settles when the microphone ends and not when it begins, so `await session.listen(microphone)` waits as long as
   * somebody may speak: register handlers before it, or go on without waiting.
   */
  listen(microphone: Microphone): Promise<void>;
  /** Ends the session on the server too; resolves when it is over. */
  end(): Promise<SessionEnd>;
  /** Leaves at once. Resolves when the connection is gone; idempotent. */
  close(): Promise<SessionEnd>;
  [Symbol.asyncDispose](): Promise<void>;
}
