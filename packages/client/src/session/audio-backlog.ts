/** Microphone audio that waits for a connection: the newest, up to a limit. */
export class AudioBacklog {
  readonly #limitBytes: number;
  readonly #messages: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;
  #droppedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes that made room for newer ones. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Keeps a message, and forgets the oldest ones beyond the limit. */
  add(message: Uint8Array<ArrayBuffer>): void {
    this.#messages.push(message);
    this.#bytes += message.byteLength;
    while (this.#bytes > this.#limitBytes) {
      const bytes = this.#messages.shift()?.byteLength ?? 0;
      this.#bytes -= bytes;
      this.#droppedBytes += bytes;
    }
  }

  /** Hands out and forgets everything, oldest first. */
  take(): Uint8Array<ArrayBuffer>[] {
    this.#bytes = 0;
    return this.#messages.splice(0);
  }
}
