import type { AudioSink } from '../engine.ts';

/** A sink that keeps what an engine gives. */
export interface CollectingSink extends AudioSink {
  readonly rates: ReadonlySet<number>;
  /** Bytes so far. */
  readonly bytes: number;
  /** Everything so far, as one piece. */
  all(): Buffer;
  /** Settles when so many bytes have come. */
  atLeast(bytes: number): Promise<void>;
  /** Lets a held engine go on. */
  open(): void;
}

/** Makes a sink. With `holdAfterBytes` it takes no more from there on, until `open()`. */
export function collectingSink(holdAfterBytes: number = Infinity): CollectingSink {
  const pieces: Uint8Array[] = [];
  const rates = new Set<number>();
  const opened = Promise.withResolvers<void>();
  let bytes = 0;
  let isOpen = false;
  let grown = Promise.withResolvers<void>();
  const take = (pcm: Uint8Array, rateHz: number): boolean => {
    pieces.push(pcm);
    rates.add(rateHz);
    bytes += pcm.length;
    grown.resolve();
    grown = Promise.withResolvers();
    return isOpen || bytes < holdAfterBytes;
  };
  return {
    rates,
    get bytes() {
      return bytes;
    },
    all: () => Buffer.concat(pieces),
    async atLeast(wanted) {
      for (;;) {
        if (bytes >= wanted) return;
        await grown.promise;
      }
    },
    open() {
      isOpen = true;
      opened.resolve();
    },
    audio: take,
    frame: take,
    mark: () => undefined,
    ready: () => opened.promise,
  };
}
