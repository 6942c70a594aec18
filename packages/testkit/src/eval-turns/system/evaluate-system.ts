import type { VadEngineName } from '@parley/audio/vad';
import { startServer } from '../../start-server.ts';
import { createTurnCorpus, type TurnClip } from '../../turns/index.ts';
import { playClip } from './play-clip.ts';
import { scoreOutcome, type OutcomeScore } from './score-outcome.ts';

/** What the whole system did with one engine. */
export interface SystemResult {
  readonly engine: VadEngineName;
  readonly scores: readonly OutcomeScore[];
}

/** Options of {@link evaluateSystem}. */
export interface EvaluateSystemOptions {
  /** Speakers in each condition, 1 to 6. */
  readonly speakers: number;
  /** Sessions at once. */
  readonly sessions: number;
  /** Told what is being done. */
  readonly onProgress: (what: string) => void;
}

const ENGINES: readonly VadEngineName[] = ['webrtc', 'silero', 'hybrid'];

/** Has a server in a process of its own, with each engine and otherwise as it is by default, hear the corpus. */
export async function evaluateSystem(options: EvaluateSystemOptions): Promise<SystemResult[]> {
  const { onProgress, sessions, speakers } = options;
  onProgress('making the corpus');
  const clips = await createTurnCorpus({ speakers });
  const results: SystemResult[] = [];
  for (const engine of ENGINES) {
    onProgress(`a server with ${engine} is talked to by ${clips.length} clips, ${sessions} at once`);
    await using server = await startServer({ args: ['--set', `vad.engine=${engine}`] });
    results.push({ engine, scores: await playAll(server.wsUrl, clips, sessions) });
  }
  return results;
}

async function playAll(url: string, clips: readonly TurnClip[], sessions: number): Promise<OutcomeScore[]> {
  const scores: OutcomeScore[] = [];
  const waiting = [...clips.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, clip] = next;
      scores[index] = scoreOutcome(await playClip(url, clip));
    }
  };
  await Promise.all(Array.from({ length: sessions }, work));
  return scores;
}
