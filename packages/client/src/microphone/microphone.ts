/** A source of the user's speech. Who opens a microphone closes it, or gives it to a session that does. */
export interface Microphone {
  readonly sampleRateHz: number;
  /** Begins to hand out 20 ms pieces of mono samples; each is owned by the listener. To be called once. */
  start(listener: (samples: Int16Array<ArrayBuffer>) => void): void;
  /** Resolves when there is no more to come: the file is at its end, the program left, or it was closed. */
  readonly ended: Promise<void>;
  /** Stops and frees the device. Idempotent. */
  close(): Promise<void>;
}
