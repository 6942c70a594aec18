import { samplesPerFrame } from '@parley/audio';

/** Frames of one rate, one after the other. */
interface Stretch {
  /** Frames sent before the first. */
  readonly fromFrame: number;
  /** Samples sent before it, each counted at the rate at which it was sent. */
  readonly fromSample: number;
  readonly samplesPerFrame: number;
}

const SESSION_SAMPLES_PER_FRAME = samplesPerFrame();

/** Changes of the rate that are remembered: a client knows nothing of places that were so long ago. */
const MAX_STRETCHES = 64;

/**
 * How a client counts the samples that it was sent, against frames and the 48 kHz in which the session counts. Its
 * count goes on from where it was when the rate changes, so that each place means the same at any time: also in a
 * message that crosses the change.
 */
export class SampleAxis {
  readonly #earlier: Stretch[] = [];
  #current: Stretch;

  /** `rateHz`: output rate from the first frame on. */
  constructor(rateHz: number) {
    this.#current = { fromFrame: 0, fromSample: 0, samplesPerFrame: samplesPerFrame(rateHz) };
  }

  /** Places before this one are no longer known. */
  get knownFromSample(): number {
    return this.#earlier[0]?.fromSample ?? this.#current.fromSample;
  }

  /** Samples that the client has been sent with so many frames; as many as when the rate changed last, or more. */
  samplesAfter(frames: number): number {
    const { fromFrame, fromSample, samplesPerFrame: perFrame } = this.#current;
    return fromSample + (frames - fromFrame) * perFrame;
  }

  /** Another rate from the next frame on, with so many frames sent. */
  setRate(rateHz: number, sentFrames: number): void {
    const perFrame = samplesPerFrame(rateHz);
    if (perFrame === this.#current.samplesPerFrame) return;
    const fromSample = this.samplesAfter(sentFrames);
    if (sentFrames > this.#current.fromFrame) this.#earlier.push(this.#current);
    if (this.#earlier.length >= MAX_STRETCHES) this.#earlier.shift();
    this.#current = { fromFrame: sentFrames, fromSample, samplesPerFrame: perFrame };
  }

  /** The client got no more than so many frames: what it gets next comes at the present rate. */
  rewind(frames: number): void {
    const { samplesPerFrame: perFrame } = this.#current;
    for (;;) {
      const before = frames < this.#current.fromFrame ? this.#earlier.pop() : undefined;
      if (before === undefined) break;
      this.#current = before;
    }
    if (this.#current.samplesPerFrame === perFrame) return;
    const fromSample = this.samplesAfter(frames);
    this.#earlier.push(this.#current);
    this.#current = { fromFrame: frames, fromSample, samplesPerFrame: perFrame };
  }

  /** A place of the client's in frames, with the part of one. */
  framesAt(samples: number): number {
    const { fromFrame, fromSample, samplesPerFrame: perFrame } = this.#stretchOf(samples);
    return fromFrame + (samples - fromSample) / perFrame;
  }

  /** A place of the client's in samples of the session, at 48 kHz. */
  sessionSamplesAt(samples: number): number {
    return this.framesAt(samples) * SESSION_SAMPLES_PER_FRAME;
  }

  #stretchOf(samples: number): Stretch {
    if (samples >= this.#current.fromSample) return this.#current;
    return (
      this.#earlier.findLast(({ fromSample }) => fromSample <= samples) ?? this.#earlier[0] ?? this.#current
    );
  }
}
