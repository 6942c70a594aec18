import type { ErrorCode, SessionEndReason } from '@parley/protocol';
import type { PlayoutStats } from '../playout/playout-ports.ts';
import type { BargeInEnding } from './barge-in-ending.ts';
import type { SessionState } from './session-state.ts';

/** What sessions count. The playout part is called for every frame and must cost next to nothing. */
export interface SessionMetrics extends PlayoutStats {
  sessionOpened(transport: string): void;
  sessionClosed(transport: string, reason: SessionEndReason): void;
  stateChanged(transport: string, from: SessionState, to: SessionState): void;
  messageReceived(type: string): void;
  errorSent(code: ErrorCode): void;
  /** A forbidden transition was refused: a fault in Parley. */
  transitionRefused(): void;
  /** From the arrival of a text to its first frame at the client, in milliseconds. */
  firstAudio(totalMs: number): void;
  /** Speech was held as the user began to speak. */
  bargeInHeld(): void;
  /** Follows every hold once. */
  bargeInEnded(ending: BargeInEnding): void;
  /** From the first sound of the user's voice to the hold, in milliseconds. */
  bargeInLatency(latencyMs: number): void;
}
