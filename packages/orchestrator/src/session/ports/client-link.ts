import type { AudioMessageV1, ServerMessageV1, SessionSettings } from '@parley/protocol';

/** Everything told to a client but its audio, which has a way of its own. */
export type EventMessage = Exclude<ServerMessageV1, AudioMessageV1>;

/** Settings that come with the way a client is connected. */
export type LinkDefaults = Pick<SessionSettings, 'output' | 'playout_lead_ms'>;

/**
 * One client as its session sees it: where messages and audio leave. Every transport implements this;
 * the session owns pacing, order and what is said, the link only how it is written.
 */
export interface ClientLink {
  /** Name of the transport, as in logs and metrics: `websocket`. */
  readonly transport: string;
  /** What holds for this client until it changes it. */
  readonly defaults: LinkDefaults;
  /** Whether a session can go on over another link when this one drops. */
  readonly resumable: boolean;
  /** How far ahead of real time this client's buffer may run, in milliseconds. */
  readonly leadMs: number;
  /** Whether the client keeps what it has and stops playing while it is told to hold. */
  readonly holdsBuffer: boolean;
  /** How long after it was sent audio is heard, about, in ms: the way to the client, and what it waits for to play. */
  readonly latencyMs: number;
  /** Bytes written but not yet taken by the network. Read on the hot path: must be cheap. */
  readonly unsentBytes: number;
  /** `unsentBytes` above which playout holds back until the client has read on. */
  readonly unsentLimitBytes: number;
  /** Writes one message. Messages that the client's dialect does not have are dropped by the link. */
  send(message: EventMessage): void;
  /**
   * Writes one 20 ms frame (s16le mono, 48 kHz, 1,920 bytes). `frame` may be read only during the call.
   * `sequence` starts at 1 and rises by 1 for the whole session; `generation` is that of the frame's utterance;
   * `sampleOffset` counts the samples sent before it, each at the rate of the output at which it was sent.
   */
  sendAudio(frame: Uint8Array, sequence: number, generation: number, sampleOffset: number): void;
  /**
   * The client has this frame from an earlier connection: encoders go on as if they had made it. Nothing is sent.
   */
  continueAfter(frame: Uint8Array, sequence: number, generation: number): void;
  /** Takes over changed settings: encoding, rate, lead. */
  configure(settings: SessionSettings): void;
  /**
   * Closes the connection after what was written, and cuts it if the peer does not take part.
   * `code` is a WebSocket close code, which other transports map to their own. Idempotent.
   */
  close(code: number, reason: string): void;
}
