/** A piece of decoded speech. */
export interface DecodedAudio {
  /** s16le mono, whole samples. */
  readonly pcm: Uint8Array;
  readonly sampleRateHz: number;
}

/** Decodes one answer, piece by piece as it comes. Whoever makes it closes it. */
export interface AnswerDecoder {
  /** What can be decoded by now; `undefined` when nothing can. The piece may be kept. @throws WorkerError `ENGINE_FAILED` for what is broken */
  decode(bytes: Uint8Array): DecodedAudio | undefined;
  /** Checks that the answer was whole. @throws WorkerError when it ended too early */
  end(): void;
  /** Frees what it holds. Idempotent. */
  close(): void;
}

/** Joins two pieces; without a first one the second comes back as it is. */
export function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  return first.length === 0 ? second : Buffer.concat([first, second]);
}
