import { loadResampler } from '../resampler.ts';
import { SileroJudge, type SileroJudgeOptions } from './silero-judge.ts';
import type { VadEngine } from './vad-engine.ts';
import { WindowedStreams, type StreamRouter } from './windowed-stream.ts';

const judgeAll: StreamRouter = {
  route: (judged, window, levelDbfs) => judged.judge(window, levelDbfs),
  close: () => undefined,
};

/**
 * Silero v6 as a {@link VadEngine}: every 32 ms window of every stream is judged, all by one thread that
 * judges the windows of many streams in one run. The thread starts with the first window; `warmUp` starts it
 * ahead, and finds out whether the model can be loaded at all.
 *
 * @throws RangeError when an option is out of range
 */
export async function createSileroEngine(
  options: SileroJudgeOptions = {},
): Promise<VadEngine & { warmUp(): Promise<void> }> {
  const judge = new SileroJudge(options);
  const resamplers = await loadResampler();
  const streams = new WindowedStreams({ judge, resamplers, createRouter: () => judgeAll });
  return {
    name: 'silero',
    synchronous: false,
    createStream: (streamOptions) => streams.create(streamOptions),
    stats: () => streams.stats(),
    warmUp: () => judge.warmUp(),
    close: () => streams.close(),
  };
}
