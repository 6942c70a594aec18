import type { AudioSink, PlaybackPosition, SpeechFrame } from '../audio-sink.ts';
import { PlaybackBuffer } from '../playback/playback-buffer.ts';

/** A sink that plays when it is told to. */
export class FakeSink implements AudioSink {
  readonly sampleRateHz: number;
  /** Every sample that was played. */
  readonly played: number[] = [];
  readonly #buffer: PlaybackBuffer;
  #listener: (position: PlaybackPosition) => void = () => {};

  constructor(sampleRateHz = 48_000, capacitySamples: number = 60 * sampleRateHz) {
    this.sampleRateHz = sampleRateHz;
    this.#buffer = new PlaybackBuffer({ capacitySamples });
  }

  get playedSamples(): number {
    return this.#buffer.playedSamples;
  }

  get waitingSamples(): number {
    return this.#buffer.waitingSamples;
  }

  get isPaused(): boolean {
    return this.#buffer.isPaused;
  }

  /** Plays up to this many samples, and reports. */
  play(samples: number): void {
    const target = new Int16Array(samples);
    const count = this.#buffer.read(target);
    for (let i = 0; i < count; i += 1) this.played.push(target[i] ?? 0);
    this.#listener(this.#buffer.position);
  }

  write({ samples, generation, sampleOffset }: SpeechFrame): void {
    if (!this.#buffer.write(samples, generation, sampleOffset)) throw new Error('the sink is full');
  }

  clear(generation: number): Promise<PlaybackPosition> {
    this.#buffer.clear(generation);
    return Promise.resolve(this.#buffer.position);
  }

  pause(): void {
    this.#buffer.pause();
    this.#listener(this.#buffer.position);
  }

  resume(): void {
    this.#buffer.resume();
  }

  onPlayed(listener: (position: PlaybackPosition) => void): void {
    this.#listener = listener;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
