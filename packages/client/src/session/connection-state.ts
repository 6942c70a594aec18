import type { SessionEndReason } from '@parley/protocol/client';
import type { ParleyClientError } from '../client-error.ts';

/** How a session ended. */
export type SessionEnd =
  /** The server said so. */
  | { readonly kind: 'ended'; readonly reason: SessionEndReason }
  /** This side left. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly error: ParleyClientError };

/** Where the connection of a session stands. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  /** `resumed`: whether it took up the session where it had been cut. */
  | { readonly kind: 'open'; readonly resumed: boolean }
  /** Lost; the next attempt, counted from 1, follows after the delay. */
  | {
      readonly kind: 'waiting';
      readonly attempt: number;
      readonly delayMs: number;
      readonly cause: ParleyClientError;
    }
  | { readonly kind: 'reconnecting'; readonly attempt: number }
  /** Leaving: nothing more is sent or reported. */
  | { readonly kind: 'closing' }
  | { readonly kind: 'closed'; readonly end: SessionEnd };
