import type { AudioSink, SynthesisRequest } from '../../engine.ts';
import { ToneFault, type ToneOptions } from './tone-options.ts';
import type { Ticking } from './tone-scheduler.ts';

/** Gives ready-made samples. */
export interface FrameSource {
  frame(start: number, length: number): Buffer;
}

/** What a speech needs besides its text. */
export interface ToneSpeechOptions {
  readonly request: SynthesisRequest;
  readonly sink: AudioSink;
  readonly options: ToneOptions;
  readonly source: FrameSource;
  /** Count of the first sample. */
  readonly firstSample: number;
  readonly now: () => number;
  /** Ends the process; only the `exit` fault calls it. */
  readonly exit: () => void;
}

/** Frames sent in one go when speed is unlimited, so that one long text never holds up the others. */
const MAX_FRAMES_PER_TICK = 64;

/** One text being spoken. It settles `done` and then has nothing more to do. */
export class ToneSpeech implements Ticking {
  readonly #options: ToneSpeechOptions;
  readonly #done: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #totalSamples: number;
  readonly #frameSamples: number;
  readonly #firstDueMs: number;
  readonly #faultAt: number;
  #sentSamples = 0;
  #sentFrames = 0;
  /** Waits for the sink, or hangs on purpose. */
  #waiting = false;
  #over = false;

  constructor(speech: ToneSpeechOptions) {
    this.#options = speech;
    const { request, options, now } = speech;
    const durationMs =
      options.duration_ms > 0 ? options.duration_ms : request.text.length * options.ms_per_char;
    this.#totalSamples = Math.round((durationMs * options.sample_rate) / 1000);
    this.#frameSamples = Math.round((options.frame_ms * options.sample_rate) / 1000);
    this.#firstDueMs = now() + options.first_frame_delay_ms;
    this.#faultAt = faultFrame(options);
  }

  /** Settles at the end of the speech; rejects with the `error` fault. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  tick(nowMs: number): boolean {
    if (this.#over) return false;
    if (this.#options.request.signal.aborted) return this.#end();
    if (this.#waiting || nowMs < this.#firstDueMs) return true;
    const dueFrames = Math.min(this.#sentFrames + MAX_FRAMES_PER_TICK, this.#dueFrames(nowMs));
    while (this.#sentFrames < dueFrames && this.#hasMore && !this.#waiting && !this.#over) {
      if (this.#sentFrames >= this.#faultAt) this.#misbehave();
      else this.#send(this.#nextFrame(), this.#options.options.sample_rate);
    }
    if (!this.#hasMore && !this.#waiting) this.#end();
    return !this.#over;
  }

  get #hasMore(): boolean {
    return this.#sentSamples < this.#totalSamples;
  }

  #dueFrames(nowMs: number): number {
    const { speed, lead_ms, frame_ms } = this.#options.options;
    if (speed === 0) return Infinity;
    return Math.floor(((nowMs - this.#firstDueMs) * speed + lead_ms) / frame_ms) + 1;
  }

  #nextFrame(): Buffer {
    const { source, firstSample } = this.#options;
    const length = Math.min(this.#frameSamples, this.#totalSamples - this.#sentSamples);
    const frame = source.frame(firstSample + this.#sentSamples, length);
    this.#sentSamples += length;
    return frame;
  }

  #send(frame: Buffer, sampleRateHz: number): void {
    this.#sentFrames += 1;
    const { sink, options } = this.#options;
    if (!sink.frame(frame, sampleRateHz, options.frame_ms)) this.#waitForSink();
  }

  #misbehave(): void {
    const { options, exit } = this.#options;
    switch (options.fault) {
      case ToneFault.hangFirst:
      case ToneFault.hang:
        this.#waiting = true;
        return;
      case ToneFault.error:
        this.#over = true;
        this.#done.reject(new Error('the tone engine fails as it was told to'));
        return;
      case ToneFault.exit:
        this.#over = true;
        exit();
        return;
      case ToneFault.oddSize:
        this.#send(this.#nextFrame().subarray(0, -1), options.sample_rate);
        return;
      case ToneFault.wrongRate:
        this.#send(this.#nextFrame(), 1);
        return;
      case ToneFault.emptyFrame: {
        const isTheOne = this.#sentFrames === this.#faultAt;
        this.#send(isTheOne ? Buffer.alloc(0) : this.#nextFrame(), options.sample_rate);
        return;
      }
      case ToneFault.none:
      case ToneFault.refuseSession:
        this.#send(this.#nextFrame(), options.sample_rate);
        return;
      default:
        options.fault satisfies never;
    }
  }

  #waitForSink(): void {
    this.#waiting = true;
    const { sink, now } = this.#options;
    // Settles when the sink is ready or the request aborted, and never rejects.
    void sink.ready().then(() => {
      this.#waiting = false;
      this.tick(now());
    });
  }

  #end(): boolean {
    this.#over = true;
    this.#done.resolve();
    return false;
  }
}

function faultFrame({ fault, fault_after_frames }: ToneOptions): number {
  if (fault === ToneFault.none || fault === ToneFault.refuseSession) return Infinity;
  return fault === ToneFault.hangFirst ? 0 : fault_after_frames;
}
