import { createTurnCorpus, type TurnClip } from '../turns/index.ts';
import { contenders, loadContender, type Contender } from './contender.ts';
import { judgeCorpus } from './judge-corpus.ts';
import { measureCost, type VadCost } from './measure-cost.ts';
import { costCases, type ContenderResult } from './results.ts';

/** Options of {@link evaluateEngines}. */
export interface EvaluateOptions {
  /** Speakers in each condition, 1 to 6. */
  readonly speakers: number;
  /** How long each case of cost is measured, in ms; 0 leaves cost out. */
  readonly costMs: number;
  /** Told what is being done. */
  readonly onProgress: (what: string) => void;
}

/** Makes the corpus and has every engine judge it. */
export async function evaluateEngines(options: EvaluateOptions): Promise<ContenderResult[]> {
  options.onProgress('making the corpus');
  const clips = await createTurnCorpus({ speakers: options.speakers });
  const results: ContenderResult[] = [];
  for (const contender of contenders) {
    options.onProgress(`${contender.label} judges ${clips.length} clips`);
    const engine = await loadContender(contender, 0);
    try {
      const scores = await judgeCorpus(engine, contender, clips);
      results.push({ contender, scores, costs: await measureCosts(contender, clips, options) });
    } finally {
      await engine.close();
    }
  }
  return results;
}

async function measureCosts(
  contender: Contender,
  clips: readonly TurnClip[],
  { costMs, onProgress }: EvaluateOptions,
): Promise<ReadonlyMap<string, VadCost>> {
  const costs = new Map<string, VadCost>();
  if (costMs === 0 || contender.measuresCost !== true) return costs;
  const engine = await loadContender(contender);
  try {
    for (const { label, streams, audio } of costCases) {
      onProgress(`${contender.label}: cost of ${label}`);
      costs.set(label, await measureCost(engine, audioFor(audio, clips), streams, costMs));
    }
  } finally {
    await engine.close();
  }
  return costs;
}

function audioFor(kind: 'talk' | 'quiet', clips: readonly TurnClip[]): Int16Array {
  const parts = clips
    .filter(({ category }) => category === 'speech')
    .map(({ samples, speech }) =>
      kind === 'talk' ? samples : samples.subarray(0, ((speech[0]?.startMs ?? 0) - 50) * 16),
    );
  const audio = new Int16Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    audio.set(part, at);
    at += part.length;
  }
  return audio;
}
