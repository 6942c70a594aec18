import { samplesPerFrame } from '@parley/audio';

/** Measures the speech of one utterance as it arrives. */
export class SpeechMeter {
  #sentAtMs: number | undefined;
  #firstAudioMs: number | undefined;
  #audioMs = 0;
  #missingFrames = 0;

  /** Audio that has arrived, in milliseconds. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** From sending the first text to the first audio, in milliseconds; undefined before. */
  get firstAudioMs(): number | undefined {
    return this.#firstAudioMs;
  }

  /** Frames that should have come between others and did not. */
  get missingFrames(): number {
    return this.#missingFrames;
  }

  /** Takes note of text being sent. */
  noteSent(): void {
    this.#sentAtMs ??= performance.now();
  }

  /** Takes note of audio having arrived. */
  noteAudio(durationMs: number): void {
    if (this.#sentAtMs !== undefined) this.#firstAudioMs ??= performance.now() - this.#sentAtMs;
    this.#audioMs += durationMs;
  }

  /** Takes note of samples that should have come and did not. */
  noteMissing(samples: number): void {
    this.#missingFrames = Math.round(samples / samplesPerFrame());
  }

  /** For people: `3.2 s of audio, the first after 85 ms`. */
  summary(): string {
    const first = this.#firstAudioMs;
    const seconds = `${(this.#audioMs / 1000).toFixed(1)} s of audio`;
    return first === undefined ? seconds : `${seconds}, the first after ${Math.round(first)} ms`;
  }
}
