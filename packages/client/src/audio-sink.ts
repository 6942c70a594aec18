/** Speech that is ready to be played. */
export interface SpeechFrame {
  /** Mono, from -32768 to 32767; owned by whoever gets the frame. */
  readonly samples: Int16Array<ArrayBuffer>;
  readonly sampleRateHz: number;
  /** Raised by every interruption; never lower than in the frame before. */
  readonly generation: number;
  /** Place of the first sample on the session's sample axis. */
  readonly sampleOffset: number;
}

/** How far speech was really played. */
export interface PlaybackPosition {
  /** Generation of what is playing, or was played last; 0 at first. */
  readonly generation: number;
  /** Place on the session's sample axis up to which everything was played or dropped; 0 at first. */
  readonly samples: number;
}

/**
 * Where speech is played. A session writes to it, holds it and clears it, and tells the server what it
 * reports; so a sink must count what was heard, not what it was given. Who creates a sink closes it, after
 * the session.
 */
export interface AudioSink {
  /** The rate it plays at; a session asks the server for this rate. */
  readonly sampleRateHz: number;
  /** Samples played since it was created, over all generations. */
  readonly playedSamples: number;
  /** Takes a frame to be played after those before it. Throws when it cannot. */
  write(frame: SpeechFrame): void;
  /** Drops what is waiting of this generation and of older ones; resolves when that is done. */
  clear(generation: number): Promise<PlaybackPosition>;
  /** Falls silent at once and keeps what is waiting. */
  pause(): void;
  /** Goes on with the very next sample. */
  resume(): void;
  /** Sets who is told of progress: about every 200 ms while it plays, and at once when it is paused. */
  onPlayed(listener: (position: PlaybackPosition) => void): void;
  /**
   * Sets who is told of speech that did not fit and was dropped, in samples; for sinks whose `write` cannot
   * throw, as they learn of it later.
   */
  onOverflow?(listener: (samples: number) => void): void;
  /** Stops and frees what it holds. Idempotent. */
  close(): Promise<void>;
}
