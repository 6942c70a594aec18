/** Microphone audio that waits for a connection: the newest, up to a limit. */
export class AudioBacklog {
  readonly #limitMs: number;
  readonly #messages: { readonly bytes: Uint8Array<ArrayBuffer>; readonly durationMs: number }[] = [];
  #waitingMs = 0;
  #droppedMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Audio that made room for newer, in ms. */
  get droppedMs(): number {
    return this.#droppedMs;
  }

  /** Keeps a message, and forgets the oldest ones beyond the limit. */
  add(bytes: Uint8Array<ArrayBuffer>, durationMs: number): void {
    this.#messages.push({ bytes, durationMs });
    this.#waitingMs += durationMs;
    while (this.#waitingMs > this.#limitMs) {
      const oldestMs = this.#messages.shift()?.durationMs ?? 0;
      this.#waitingMs -= oldestMs;
      this.#droppedMs += oldestMs;
    }
  }

  /** Hands out and forgets everything, oldest first. */
  take(): Uint8Array<ArrayBuffer>[] {
    this.#waitingMs = 0;
    return this.#messages.splice(0).map(({ bytes }) => bytes);
  }
}
