import type { Contender } from './contender.ts';
import type { VadCost } from './measure-cost.ts';
import type { ClipScore } from './score-clip.ts';

/** What one contender did. */
export interface ContenderResult {
  readonly contender: Contender;
  readonly scores: readonly ClipScore[];
  /** By {@link costCases}; empty where cost was not measured. */
  readonly costs: ReadonlyMap<string, VadCost>;
}

/** What is pushed while cost is measured. */
export interface CostCase {
  readonly label: string;
  readonly streams: number;
  /** `talk`: somebody talks about half of the time; `quiet`: nobody does. */
  readonly audio: 'talk' | 'quiet';
}

/** The cases of the cost table. */
export const costCases: readonly CostCase[] = [
  { label: '1 stream, talk', streams: 1, audio: 'talk' },
  { label: '1 stream, quiet', streams: 1, audio: 'quiet' },
  { label: '100 streams, talk', streams: 100, audio: 'talk' },
  { label: '100 streams, quiet', streams: 100, audio: 'quiet' },
];
