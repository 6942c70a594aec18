import type { PlaybackPosition } from '../audio-sink.ts';

/** Options of {@link PlaybackBuffer}. */
export interface PlaybackBufferOptions {
  /** Most samples that may wait. */
  readonly capacitySamples: number;
  /**
   * Samples that must wait before playback starts, at first and whenever it ran dry, so that the first frames
   * may come unevenly. It starts in any case after that time. Default 0.
   */
  readonly prebufferSamples?: number;
}

/** A run of waiting samples that belong together. */
interface Span {
  readonly generation: number;
  sampleOffset: number;
  length: number;
}

/**
 * A ring of samples that knows, for each one that leaves it, its generation and its place on the session's
 * sample axis. Used on the audio thread of browsers and by the players of Node. Allocates once, and a little
 * for each frame.
 */
export class PlaybackBuffer {
  readonly #ring: Int16Array<ArrayBuffer>;
  readonly #spans: Span[] = [];
  #readAt = 0;
  #waiting = 0;
  #played = 0;
  #position: PlaybackPosition = { generation: 0, samples: 0 };
  #isPaused = false;
  readonly #prebuffer: number;
  /** Samples of silence still to be played before it starts; 0 while it plays. */
  #patience: number;

  constructor({ capacitySamples, prebufferSamples = 0 }: PlaybackBufferOptions) {
    this.#ring = new Int16Array(capacitySamples);
    this.#prebuffer = prebufferSamples;
    this.#patience = prebufferSamples;
  }

  /** Samples that wait to be played. */
  get waitingSamples(): number {
    return this.#waiting;
  }

  /** Samples that have left it to be played, over all generations. */
  get playedSamples(): number {
    return this.#played;
  }

  /** Up to where on the session's sample axis everything was played. */
  get position(): PlaybackPosition {
    return this.#position;
  }

  /** Whether nothing leaves it though something may wait. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Takes all of the samples, or none where there is no room for all; says which. */
  write(samples: Int16Array, generation: number, sampleOffset: number): boolean {
    const { length } = samples;
    if (length > this.#ring.length - this.#waiting) return false;
    if (length === 0) return true;
    const at = (this.#readAt + this.#waiting) % this.#ring.length;
    const untilEnd = this.#ring.length - at;
    this.#ring.set(samples.subarray(0, untilEnd), at);
    if (length > untilEnd) this.#ring.set(samples.subarray(untilEnd), 0);
    this.#waiting += length;
    const last = this.#spans.at(-1);
    if (last?.generation === generation && last.sampleOffset + last.length === sampleOffset) {
      last.length += length;
    } else {
      this.#spans.push({ generation, sampleOffset, length });
    }
    return true;
  }

  /**
   * Plays into the beginning of `target`: integers as they are, or from -1 to 1 into floats. Returns how
   * many samples there were; the rest of `target` is left as it is.
   */
  read(target: Int16Array | Float32Array): number {
    if (this.#isPaused || this.#waiting === 0 || !this.#isReady(target.length)) return 0;
    const count = Math.min(target.length, this.#waiting);
    const scale = target instanceof Float32Array ? 1 / 32_768 : 1;
    let at = this.#readAt;
    for (let i = 0; i < count; i += 1) {
      target[i] = (this.#ring[at] ?? 0) * scale;
      at += 1;
      if (at === this.#ring.length) at = 0;
    }
    this.#played += count;
    this.#skip(count);
    if (this.#waiting === 0) this.#patience = this.#prebuffer;
    return count;
  }

  /** Drops what waits of this generation and of older ones; returns how many samples that were. */
  clear(generation: number): number {
    let dropped = 0;
    while (this.#spans[0] !== undefined && this.#spans[0].generation <= generation) {
      dropped += this.#spans[0].length;
      this.#spans.shift();
    }
    this.#readAt = (this.#readAt + dropped) % this.#ring.length;
    this.#waiting -= dropped;
    if (this.#waiting === 0) this.#patience = this.#prebuffer;
    return dropped;
  }

  /** Lets nothing out until {@link resume}. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Goes on with the very next sample. */
  resume(): void {
    this.#isPaused = false;
  }

  /** Whether to play now; if not, the time of `samples` passes in silence. */
  #isReady(samples: number): boolean {
    if (this.#patience === 0) return true;
    this.#patience = this.#waiting >= this.#prebuffer ? 0 : Math.max(0, this.#patience - samples);
    return this.#patience === 0;
  }

  #skip(count: number): void {
    this.#readAt = (this.#readAt + count) % this.#ring.length;
    this.#waiting -= count;
    let left = count;
    while (left > 0) {
      const span = this.#spans[0];
      if (span === undefined) return;
      const taken = Math.min(left, span.length);
      left -= taken;
      span.length -= taken;
      span.sampleOffset += taken;
      this.#position = { generation: span.generation, samples: span.sampleOffset };
      if (span.length === 0) this.#spans.shift();
    }
  }
}
