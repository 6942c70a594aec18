import type { IncomingHttpHeaders } from 'node:http';

/** How much of a streamed answer of a chat has been written. */
export interface AnswerProgress {
  /** Tokens of a chat. */
  pieces: number;
}

/** A request that the server got. */
export interface RecordedRequest {
  /** Such as `/v1/chat/completions`. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON body, or the text fields of the form. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Bytes of the file of the form. */
  readonly file?: Uint8Array;
  /** How far a chat answer is; stays at 0 for others. */
  readonly progress: Readonly<AnswerProgress>;
  /** Settles when the answer is over: true when the client went before its end. */
  readonly leftEarly: Promise<boolean>;
}
