import { judgeRecording, type VadEngine } from '@parley/audio/vad';
import { CORPUS_RATE_HZ, type TurnClip } from '../turns/index.ts';
import type { Contender } from './contender.ts';
import { scoreClip, type ClipScore } from './score-clip.ts';

/** As many clips at once as fill the neural engine's runs. */
const AT_ONCE = 48;

/** Has an engine judge every clip, many at once, and scores it. */
export async function judgeCorpus(
  engine: VadEngine,
  contender: Contender,
  clips: readonly TurnClip[],
): Promise<ClipScore[]> {
  const scores: ClipScore[] = [];
  const waiting = [...clips.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, clip] = next;
      const decisions = await judgeRecording(engine, clip.samples, { sampleRateHz: CORPUS_RATE_HZ });
      scores[index] = scoreClip(clip, decisions, contender.noiseGate);
    }
  };
  await Promise.all(Array.from({ length: engine.synchronous ? 1 : AT_ONCE }, work));
  const { shedWindows } = engine.stats();
  if (shedWindows > 0)
    throw new Error(`${contender.label} shed ${shedWindows} windows; its scores mean nothing.`);
  return scores;
}
