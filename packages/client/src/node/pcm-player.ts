import type { AudioSink, PlaybackPosition, SpeechFrame } from '../audio-sink.ts';
import { systemClock, type ClientClock } from '../clock.ts';
import { PlaybackBuffer } from '../playback/playback-buffer.ts';
import type { PcmOutput } from './pcm-output.ts';

/** Options of {@link createPcmPlayer}. */
export interface PcmPlayerOptions {
  /** Gets the samples; closed by the player's `close`. */
  readonly output: PcmOutput;
  /** Rate of the speech to play. Default 48,000. */
  readonly sampleRateHz?: number;
  /** Most speech that may wait, in ms; what does not fit is an error. Default 30,000. */
  readonly capacityMs?: number;
  /**
   * Speech that must wait before playback starts, at first and after it ran dry, in ms; it starts in any case
   * after that time. Default 60; 0 starts with the first frame, and stutters where the second comes late.
   */
  readonly prebufferMs?: number;
  /** Time; for tests. */
  readonly clock?: ClientClock;
}

/** How often samples are handed out, in ms. */
const TICK_MS = 20;

/** How often progress is reported, in ms of speech played. */
const REPORT_MS = 200;

/**
 * Plays speech on a clock of samples: each sample is handed to the output when its time has come, and counts
 * as played then, so what is reported is true to real time whatever the output does with it. When speech runs
 * dry the clock stands, and starts again with the next frame.
 */
export function createPcmPlayer(options: PcmPlayerOptions): AudioSink {
  return new PcmPlayer(options);
}

class PcmPlayer implements AudioSink {
  readonly sampleRateHz: number;
  readonly #output: PcmOutput;
  readonly #clock: ClientClock;
  readonly #buffer: PlaybackBuffer;
  #onPlayed: (position: PlaybackPosition) => void = () => {};
  /** Calls off the next tick; `undefined` while the clock stands. */
  #cancelTick: (() => void) | undefined;
  #startMs = 0;
  #played = 0;
  #reported = 0;
  #isClosed = false;
  readonly #prebufferMs: number;

  constructor(options: PcmPlayerOptions) {
    const { output, sampleRateHz = 48_000, capacityMs = 30_000, clock = systemClock } = options;
    this.#prebufferMs = options.prebufferMs ?? 60;
    this.sampleRateHz = sampleRateHz;
    this.#output = output;
    this.#clock = clock;
    this.#buffer = new PlaybackBuffer({ capacitySamples: Math.ceil((capacityMs * sampleRateHz) / 1000) });
  }

  get playedSamples(): number {
    return this.#buffer.playedSamples;
  }

  write({ samples, sampleRateHz, generation, sampleOffset }: SpeechFrame): void {
    if (this.#isClosed) return;
    if (sampleRateHz !== this.sampleRateHz) {
      throw new RangeError(
        `The player plays ${this.sampleRateHz} Hz, but speech came at ${sampleRateHz} Hz.`,
      );
    }
    if (!this.#buffer.write(samples, generation, sampleOffset)) {
      throw new RangeError(`There is no room for ${samples.length} more samples.`);
    }
    this.#run();
  }

  clear(generation: number): Promise<PlaybackPosition> {
    this.#advance();
    this.#buffer.clear(generation);
    this.#reported = this.#buffer.playedSamples;
    if (this.#buffer.waitingSamples === 0) this.#stand();
    return Promise.resolve(this.#buffer.position);
  }

  pause(): void {
    this.#advance();
    this.#stand();
    this.#buffer.pause();
    this.#report();
  }

  resume(): void {
    if (!this.#buffer.isPaused) return;
    this.#buffer.resume();
    this.#run();
  }

  onPlayed(listener: (position: PlaybackPosition) => void): void {
    this.#onPlayed = listener;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stand();
    await this.#output.close();
  }

  #run(): void {
    const { isPaused, waitingSamples } = this.#buffer;
    if (isPaused || waitingSamples === 0) return;
    const nowMs = this.#clock.nowMs();
    const isReady = waitingSamples >= (this.#prebufferMs * this.sampleRateHz) / 1000;
    if (this.#cancelTick === undefined) {
      this.#played = 0;
      this.#startMs = isReady ? nowMs : nowMs + this.#prebufferMs;
      this.#scheduleTick();
    } else if (isReady && this.#startMs > nowMs) {
      this.#startMs = nowMs;
    }
  }

  #stand(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  #scheduleTick(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => {
      this.#scheduleTick();
      this.#advance();
    });
  }

  /** Plays everything whose time has come. */
  #advance(): void {
    if (this.#cancelTick === undefined) return;
    const elapsedMs = this.#clock.nowMs() - this.#startMs;
    const due = Math.floor((elapsedMs * this.sampleRateHz) / 1000) - this.#played;
    if (due <= 0) return;
    const samples = new Int16Array(Math.min(due, this.#buffer.waitingSamples));
    this.#buffer.read(samples);
    this.#played += samples.length;
    this.#output.write(samples);
    const isDry = this.#buffer.waitingSamples === 0;
    if (isDry) this.#stand();
    const unreported = this.#buffer.playedSamples - this.#reported;
    if (isDry || unreported >= (REPORT_MS * this.sampleRateHz) / 1000) this.#report();
  }

  #report(): void {
    if (this.#buffer.playedSamples === this.#reported) return;
    this.#reported = this.#buffer.playedSamples;
    this.#onPlayed(this.#buffer.position);
  }
}
