import { samplesPerFrame } from '../pcm-format.ts';
import { loadResampler } from '../resampler.ts';
import { FrameSplitter } from './frame-splitter.ts';
import { Fvad, type VadAggressiveness } from './fvad.ts';
import type { JudgedStream } from './judged-stream.ts';
import { SileroJudge, type SileroJudgeOptions } from './silero-judge.ts';
import { WINDOW_SAMPLES } from './silero-ring.ts';
import { checkAggressiveness } from './vad-detector.ts';
import type { VadEngine } from './vad-engine.ts';
import { WindowedStreams, type StreamRouter } from './windowed-stream.ts';

/** Options of {@link createHybridEngine}. */
export interface HybridEngineOptions extends SileroJudgeOptions {
  /** How readily the gate calls sound noise, 0 (rarely) to 3 (readily). Default 2. */
  readonly aggressiveness?: number;
  /** Level below which the gate stays shut whatever the sound, in dBFS. Default -60. */
  readonly minLevelDbfs?: number;
}

/** Windows judged after the last in which the gate heard something: pauses between words stay open. */
const HOLD_WINDOWS = 10;
/** Windows from before the gate opened that Silero hears first, so that it knows what the word began from. */
const WARM_WINDOWS = 3;
const GATE_RATE_HZ = 16_000;
const GATE_FRAME_MS = 10;

/**
 * The cheap engine before the good one: libfvad and the level watch every window, and only where they hear
 * something is it judged by Silero. Quiet streams cost microseconds and their decisions come at once; the
 * judgement of sound is Silero's alone.
 *
 * @throws RangeError when an option is out of range
 */
export async function createHybridEngine(
  options: HybridEngineOptions = {},
): Promise<VadEngine & { warmUp(): Promise<void> }> {
  const { minLevelDbfs = -60 } = options;
  const aggressiveness = checkAggressiveness(options.aggressiveness ?? 2);
  const judge = new SileroJudge(options);
  const resamplers = await loadResampler();
  const streams = new WindowedStreams({
    judge,
    resamplers,
    createRouter: () => new Gate(aggressiveness, minLevelDbfs),
  });
  return {
    name: 'hybrid',
    synchronous: false,
    createStream: (streamOptions) => streams.create(streamOptions),
    stats: () => streams.stats(),
    warmUp: () => judge.warmUp(),
    close: () => streams.close(),
  };
}

class Gate implements StreamRouter {
  readonly #fvad: Fvad;
  readonly #minLevelDbfs: number;
  readonly #frames: FrameSplitter;
  /** The windows last skipped, one after the other in a ring. */
  readonly #skipped = new Int16Array(WARM_WINDOWS * WINDOW_SAMPLES);
  #skippedCount = 0;
  #heard = false;
  #openFor = 0;

  constructor(aggressiveness: VadAggressiveness, minLevelDbfs: number) {
    this.#fvad = new Fvad(GATE_RATE_HZ, aggressiveness);
    this.#minLevelDbfs = minLevelDbfs;
    this.#frames = new FrameSplitter(samplesPerFrame(GATE_RATE_HZ, GATE_FRAME_MS), (frame) => {
      if (this.#fvad.isSpeech(frame)) this.#heard = true;
    });
  }

  route(judged: JudgedStream, window: Int16Array, levelDbfs: number): void {
    this.#heard = false;
    this.#frames.push(window);
    if (this.#heard && levelDbfs >= this.#minLevelDbfs) {
      if (this.#openFor === 0) this.#warmUp(judged);
      this.#openFor = HOLD_WINDOWS;
    }
    if (this.#openFor === 0) {
      this.#skipped.set(window, (this.#skippedCount % WARM_WINDOWS) * WINDOW_SAMPLES);
      this.#skippedCount += 1;
      judged.skip(levelDbfs);
      return;
    }
    this.#openFor -= 1;
    judged.judge(window, levelDbfs);
  }

  close(): void {
    this.#fvad.close();
  }

  #warmUp(judged: JudgedStream): void {
    judged.reset();
    for (let back = Math.min(WARM_WINDOWS, this.#skippedCount); back > 0; back -= 1) {
      const at = ((this.#skippedCount - back) % WARM_WINDOWS) * WINDOW_SAMPLES;
      judged.warm(this.#skipped.subarray(at, at + WINDOW_SAMPLES));
    }
    this.#skippedCount = 0;
  }
}
