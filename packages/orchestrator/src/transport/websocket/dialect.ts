import type { ClientMessageV1, SessionSettings } from '@parley/protocol';
import type { EventMessage, LinkDefaults } from '../../session/ports/client-link.ts';

/** What came of decoding a client's text message. */
export type DecodedMessage =
  | { readonly kind: 'ok'; readonly message: ClientMessageV1 }
  | { readonly kind: 'invalid'; readonly problem: string };

/** How one client's messages are written. Made for each connection, as it may hold encoders. */
export interface Dialect {
  /** As in `Sec-WebSocket-Protocol`; empty for the base dialect. */
  readonly subprotocol: string;
  /** Settings that hold until the client changes them. */
  readonly defaults: LinkDefaults;
  /** Whether its clients can be told to hold and to drop what they have. */
  readonly controlsBuffer: boolean;
  /** Bytes of one audio message in the present output, about. */
  readonly audioMessageBytes: number;
  /** Decodes a client's text message; never throws. */
  decode(text: string): DecodedMessage;
  /** Encodes a message; `undefined` when this client does not get it. */
  encode(message: EventMessage): string | undefined;
  /**
   * Encodes one frame of 20 ms in a new buffer, as a whole WebSocket frame that can go to the socket as it is.
   * `sampleOffset`: samples of the output sent before it.
   */
  encodeAudio(frame: Uint8Array, sequence: number, generation: number, sampleOffset: number): Buffer;
  /** Takes over changed settings. */
  configure(settings: SessionSettings): void;
  /** Frees encoders. Idempotent. */
  close(): void;
}
