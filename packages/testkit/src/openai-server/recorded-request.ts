import type { IncomingHttpHeaders } from 'node:http';

/** A request that the server got. */
export interface RecordedRequest {
  /** Such as `/v1/chat/completions`. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON body, or the text fields of the form. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Bytes of the file of the form. */
  readonly file?: Uint8Array;
  /** Settles when the answer is over: true when the client went before its end. */
  readonly leftEarly: Promise<boolean>;
}
