/** Flag and length before each message (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;

/**
 * Cuts the data of a gRPC stream into messages. Whoever pushes should take all messages of a chunk before the next, as
 * otherwise the two are copied together.
 */
export class MessageReader {
  readonly #maxMessageBytes: number;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixFilled = 0;
  #message: Buffer | undefined;
  #messageFilled = 0;
  #chunk: Buffer | undefined;
  #at = 0;

  /** `maxMessageBytes`: a longer message is refused before memory is taken for it. */
  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Whether bytes wait for {@link next}. */
  get hasUnread(): boolean {
    return this.#chunk !== undefined;
  }

  /** Whether a message has begun and its end is missing. */
  get isInMessage(): boolean {
    return this.#prefixFilled > 0;
  }

  /** Takes a chunk, which must stay as it is until it has been read. */
  push(chunk: Buffer): void {
    this.#chunk = this.#chunk === undefined ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /**
   * The next message, or `undefined` when the chunk holds no more. It is a copy: chunks are cut from large blocks
   * that hold other sessions' audio too, and a frame that waits must not keep those.
   *
   * @throws RangeError for a message that is too long, or compressed, which nobody asked for
   */
  next(): Buffer | undefined {
    const chunk = this.#chunk;
    if (chunk === undefined) return undefined;
    this.#message ??= this.#begin(chunk);
    const message = this.#message;
    if (message !== undefined) {
      const copied = chunk.copy(message, this.#messageFilled, this.#at);
      this.#at += copied;
      this.#messageFilled += copied;
    }
    if (this.#at === chunk.byteLength) this.#chunk = undefined;
    if (message === undefined || this.#messageFilled < message.byteLength) return undefined;
    this.#message = undefined;
    this.#prefixFilled = 0;
    return message;
  }

  /** Reads the prefix as far as it is there; gives room for the message once it is whole. */
  #begin(chunk: Buffer): Buffer | undefined {
    const copied = chunk.copy(
      this.#prefix,
      this.#prefixFilled,
      this.#at,
      this.#at + PREFIX_BYTES - this.#prefixFilled,
    );
    this.#at += copied;
    this.#prefixFilled += copied;
    if (this.#prefixFilled < PREFIX_BYTES) return undefined;
    if (this.#prefix[0] !== 0)
      throw new RangeError('a compressed message, though no compression was offered');
    const bytes = this.#prefix.readUInt32BE(1);
    if (bytes > this.#maxMessageBytes) {
      throw new RangeError(`a message of ${bytes} bytes; at most ${this.#maxMessageBytes} are taken`);
    }
    this.#messageFilled = 0;
    return Buffer.allocUnsafe(bytes);
  }
}

/** `message` with its prefix, as it goes into a stream. */
export function prefixedMessage(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.byteLength);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.byteLength, 1);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}
