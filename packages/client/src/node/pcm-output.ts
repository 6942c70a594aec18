/** Where samples go that are being played: a program, a file, a function. Who opens it closes it. */
export interface PcmOutput {
  /** Takes samples at the moment they are played; they may be read only during the call. */
  write(samples: Int16Array<ArrayBuffer>): void;
  /** Resolves when all is written. Idempotent. */
  close(): Promise<void>;
}
