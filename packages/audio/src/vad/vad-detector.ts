import { bytesPerFrame } from '../pcm-format.ts';
import { Fvad, type VadAggressiveness } from './fvad.ts';
import { vadSampleRatesHz } from './vad-engine.ts';

const aggressivenesses: readonly number[] = [0, 1, 2, 3];
const frameDurationsMs: readonly number[] = [10, 20, 30];

/** Options of {@link VADDetector}. */
export interface VADDetectorOptions {
  /** How readily sound is called noise, 0 (rarely) to 3 (readily). Default 2. */
  readonly aggressiveness?: number;
  /** Rate of the frames in Hz: 8000, 16000 (the default), 32000 or 48000. */
  readonly sampleRate?: number;
  /** Length of a frame in ms: 10, 20 (the default) or 30. */
  readonly frameDurationMs?: number;
}

/** A frame and what was decided about it. */
export interface JudgedFrame<Frame> {
  readonly frame: Frame;
  readonly isSpeech: boolean;
}

/**
 * The WebRTC voice activity detector over frames of one exact size, s16le mono. It remembers what it heard:
 * use one for each stream of audio. Whoever makes it closes it, or lets `using` do so.
 */
export class VADDetector implements Disposable {
  readonly aggressiveness: VadAggressiveness;
  readonly sampleRate: number;
  readonly frameDurationMs: number;
  /** Size of a frame, in bytes: 640 by default. */
  readonly frameBytes: number;
  readonly #fvad: Fvad;

  /** @throws RangeError when an option is none of the values it may have */
  constructor(options: VADDetectorOptions = {}) {
    const { aggressiveness = 2, sampleRate = 16_000, frameDurationMs = 20 } = options;
    this.aggressiveness = checkAggressiveness(aggressiveness);
    this.sampleRate = checkSampleRate(sampleRate);
    this.frameDurationMs = checkFrameDuration(frameDurationMs);
    this.frameBytes = bytesPerFrame(sampleRate, frameDurationMs);
    this.#fvad = new Fvad(sampleRate, this.aggressiveness);
  }

  /**
   * Judges the next frame, given as s16le bytes or as samples.
   *
   * @throws RangeError when the frame has not exactly `frameBytes` bytes
   * @throws Error after `close()`
   */
  isSpeech(frame: Uint8Array | Int16Array): boolean {
    if (this.#fvad.closed) throw new Error('This VADDetector is closed.');
    if (frame.byteLength !== this.frameBytes) {
      throw new RangeError(
        `A frame must have ${this.frameBytes} bytes (${this.frameDurationMs} ms of s16le mono at ` +
          `${this.sampleRate} Hz), but this one has ${frame.byteLength}.`,
      );
    }
    return frame instanceof Int16Array ? this.#fvad.isSpeech(frame) : this.#fvad.isSpeechBytes(frame);
  }

  /**
   * Judges frames as they come. Stopping early ends the source; the detector stays open.
   *
   * @throws RangeError as {@link isSpeech}, at the frame that is wrong
   */
  async *stream<Frame extends Uint8Array | Int16Array>(
    frames: AsyncIterable<Frame> | Iterable<Frame>,
  ): AsyncGenerator<JudgedFrame<Frame>, void, void> {
    for await (const frame of frames) yield { frame, isSpeech: this.isSpeech(frame) };
  }

  /** Frees the WASM memory. Idempotent. */
  close(): void {
    this.#fvad.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** @throws RangeError unless it is 0, 1, 2 or 3 */
export function checkAggressiveness(value: number): VadAggressiveness {
  checkOneOf('aggressiveness', value, aggressivenesses);
  return value === 0 || value === 1 || value === 2 ? value : 3;
}

/** @throws RangeError unless it is a rate that VAD engines take */
export function checkSampleRate(value: number): number {
  return checkOneOf('sampleRate', value, vadSampleRatesHz, ' Hz');
}

/** @throws RangeError unless it is 10, 20 or 30 */
export function checkFrameDuration(value: number): number {
  return checkOneOf('frameDurationMs', value, frameDurationsMs, ' ms');
}

function checkOneOf(name: string, value: number, allowed: readonly number[], unit = ''): number {
  if (allowed.includes(value)) return value;
  throw new RangeError(`${name} must be ${orList(allowed)}${unit}, but is ${value}.`);
}

function orList(values: readonly number[]): string {
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}
