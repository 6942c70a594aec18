import type { TurnClip } from '../../turns/index.ts';
import type { ClipOutcome } from './play-clip.ts';

/** What of a clip's outcome was right, and how fast. Times in ms from the first sound of the user. */
export interface OutcomeScore {
  readonly clip: TurnClip;
  /** Somebody wanted to interrupt. */
  readonly isWanted: boolean;
  /** They did. */
  readonly isInterrupted: boolean;
  /** Until the last frame before speech was held; absent where it was held already, or not interrupted. */
  readonly lastFrameMs?: number;
  /** Until the client was told to hold. */
  readonly heldMs?: number;
  /** Until the client was told to drop what it had. */
  readonly clearedMs?: number;
  /** Speech was held and nobody spoke, or only to show that they listen. */
  readonly falseHolds: number;
  /** Speech was dropped for good, and nobody wanted that. */
  readonly falseInterruptions: number;
  readonly framesWhileHeld: number;
}

/** An interruption may be confirmed so long after the last word. */
const CONFIRMATION_MS = 1000;

/** Holds an outcome against the labels of its clip. */
export function scoreOutcome(outcome: ClipOutcome): OutcomeScore {
  const { clip, framesWhileHeld, holds, interruptionsMs } = outcome;
  const [first] = clip.speech;
  const isWanted = first !== undefined && clip.category !== 'backchannel';
  const onsetMs = isWanted ? first.startMs : Infinity;
  const endMs = (clip.speech.at(-1)?.endMs ?? 0) + CONFIRMATION_MS;
  const clearedAtMs = interruptionsMs.find((atMs) => atMs >= onsetMs && atMs <= endMs);
  const common = {
    clip,
    isWanted,
    isInterrupted: clearedAtMs !== undefined,
    falseHolds: holds.filter(({ atMs }) => atMs < onsetMs).length,
    falseInterruptions: interruptionsMs.filter((atMs) => atMs < onsetMs).length,
    framesWhileHeld,
  };
  const hold = holds.findLast(({ atMs }) => clearedAtMs !== undefined && atMs <= clearedAtMs);
  if (clearedAtMs === undefined || hold === undefined || hold.atMs < onsetMs) return common;
  return {
    ...common,
    lastFrameMs: hold.lastFrameMs - onsetMs,
    heldMs: hold.atMs - onsetMs,
    clearedMs: clearedAtMs - onsetMs,
  };
}
