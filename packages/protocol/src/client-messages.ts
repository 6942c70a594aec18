/** Most characters (Unicode code points) of one `text` message. */
export const MAX_TEXT_CHARACTERS: number = 10_000;

/** Commands of a `control` message; all three are idempotent. */
export const CONTROL_COMMANDS = ['PAUSE', 'RESUME', 'STOP'] as const;

/** One of {@link CONTROL_COMMANDS}. */
export type ControlCommand = (typeof CONTROL_COMMANDS)[number];

/** Events that a client of the base dialect gets only after asking with `subscribe`. */
export const SUBSCRIBABLE_EVENTS = ['state', 'utterance_start', 'utterance_end'] as const;

/** One of {@link SUBSCRIBABLE_EVENTS}. */
export type SubscribableEvent = (typeof SUBSCRIBABLE_EVENTS)[number];

/** Text to speak, whole or as one chunk of a stream. */
export interface TextMessage {
  readonly type: 'text';
  /** 1 to 10000 characters, counted in code points; may be only white space, as tokens of an LLM are. */
  readonly text: string;
  /** `false` when more of the same utterance follows; `true` by default on the wire. */
  readonly is_final: boolean;
}

/** Holds, continues or drops what is being said. */
export interface ControlMessage {
  readonly type: 'control';
  readonly command: ControlCommand;
}

/** Microphone audio for clients that cannot send binary messages. */
export interface AudioInMessage {
  readonly type: 'audio_in';
  /** Base64 (standard alphabet, padded) of whole s16le mono samples at the rate the server expects. */
  readonly pcm: string;
}

/** Asks for events; each such message replaces the former choice, and an empty list asks for none. */
export interface SubscribeMessage {
  readonly type: 'subscribe';
  readonly events: readonly SubscribableEvent[];
}

/** Everything a client of the base dialect can send. */
export type ClientMessage = TextMessage | ControlMessage | AudioInMessage | SubscribeMessage;
