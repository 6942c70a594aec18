/** Samples of one Silero window at 16 kHz: 32 ms. */
export const WINDOW_SAMPLES: number = 512;

/** Where a window is in its life. */
export const SlotStatus = { free: 0, queued: 1, judged: 2 } as const;

/** A bit of a window's flags: its stream begins anew here, so nothing heard before counts. */
export const RESET_FLAG: number = 1;

/** What both sides of the ring see; can be posted to a thread. */
export interface SileroRingMemory {
  readonly slots: number;
  /** See {@link ControlWord}. */
  readonly control: Int32Array;
  /** One {@link SlotStatus} a slot. */
  readonly status: Int32Array;
  /** Which stream the slot's window belongs to: a small integer. */
  readonly streams: Int32Array;
  readonly flags: Int32Array;
  readonly probabilities: Float32Array;
  /** The windows' s16 samples, 512 a slot. */
  readonly samples: Int16Array;
}

/** Words of the ring's control array. */
export const ControlWord = {
  /** Windows written so far, modulo 2^32. Written by the owner. */
  head: 0,
  /** Windows whose answer the owner has taken, modulo 2^32. Written by the owner. */
  tail: 1,
  /** Raised by the owner whenever there is something new; the thread sleeps on it. */
  wake: 2,
  /** Never raised: what the thread rests on between batches, which only its end is to cut short. */
  rest: 3,
  /** 1 once the owner wants the thread to end. */
  stop: 4,
  /** 1 while the thread loads or runs the model: ending it then would abort the whole process. */
  busy: 5,
} as const;

/**
 * Makes the memory between the owner of the streams and the inference thread: windows in order of arrival,
 * each answered in its own slot. The thread may answer out of order between streams, never within one.
 *
 * @param slots a power of two
 */
export function createSileroRing(slots: number): SileroRingMemory {
  if (!Number.isInteger(slots) || slots <= 0 || (slots & (slots - 1)) !== 0) {
    throw new RangeError(`The slots of the ring must be a power of two, but are ${slots}.`);
  }
  return {
    slots,
    control: int32(Object.keys(ControlWord).length),
    status: int32(slots),
    streams: int32(slots),
    flags: int32(slots),
    probabilities: new Float32Array(new SharedArrayBuffer(slots * 4)),
    samples: new Int16Array(new SharedArrayBuffer(slots * WINDOW_SAMPLES * 2)),
  };
}

function int32(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * 4));
}
