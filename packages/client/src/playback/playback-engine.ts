import { Declicker } from './declicker.ts';
import { PlaybackBuffer } from './playback-buffer.ts';
import type { FromPlayback, PlaybackProgress, ToPlayback } from './playback-messages.ts';

/** Options of {@link PlaybackEngine}. */
export interface PlaybackEngineOptions {
  readonly sampleRateHz: number;
  /** Most samples that may wait. */
  readonly capacitySamples: number;
  /** Samples that must wait before playback starts. Default 0. */
  readonly prebufferSamples?: number;
  /** Takes what is to be told to the player. */
  readonly post: (message: FromPlayback) => void;
}

/** How often progress is reported, in ms of speech played. */
const REPORT_MS = 200;

/** What runs on the audio thread: takes frames, renders them, reports what was played. */
export class PlaybackEngine {
  readonly #buffer: PlaybackBuffer;
  readonly #declicker: Declicker;
  readonly #reportSamples: number;
  readonly #post: (message: FromPlayback) => void;
  #reported = 0;

  constructor({ sampleRateHz, capacitySamples, prebufferSamples = 0, post }: PlaybackEngineOptions) {
    this.#buffer = new PlaybackBuffer({ capacitySamples, prebufferSamples });
    this.#declicker = new Declicker(sampleRateHz);
    this.#reportSamples = (REPORT_MS * sampleRateHz) / 1000;
    this.#post = post;
  }

  /** Does what the player says. */
  receive(message: ToPlayback): void {
    const buffer = this.#buffer;
    switch (message.type) {
      case 'write':
        if (!buffer.write(message.samples, message.generation, message.sampleOffset)) {
          this.#post({ type: 'overflow', samples: message.samples.length });
        }
        return;
      case 'clear':
        buffer.clear(message.generation);
        this.#reported = buffer.playedSamples;
        this.#post({ type: 'cleared', id: message.id, ...this.#progress() });
        return;
      case 'pause':
        buffer.pause();
        this.#report();
        return;
      case 'resume':
        buffer.resume();
        return;
      default:
        message satisfies never;
    }
  }

  /** Fills `output` with what is to be heard next; called for each block of the audio clock. */
  render(output: Float32Array): void {
    const buffer = this.#buffer;
    const count = buffer.read(output);
    this.#declicker.process(output, count);
    if (count === 0) return;
    const isDry = buffer.waitingSamples === 0;
    if (isDry || buffer.playedSamples - this.#reported >= this.#reportSamples) this.#report();
  }

  #report(): void {
    if (this.#buffer.playedSamples === this.#reported) return;
    this.#reported = this.#buffer.playedSamples;
    this.#post({ type: 'played', ...this.#progress() });
  }

  #progress(): PlaybackProgress {
    const { position, playedSamples, waitingSamples } = this.#buffer;
    return { position, playedSamples, waitingSamples };
  }
}
