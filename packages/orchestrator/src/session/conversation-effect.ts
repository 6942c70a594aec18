import type { SessionEndReason } from '@parley/protocol';
import type { EventMessage } from './ports/client-link.ts';
import type { SessionState } from './session-state.ts';

/** What a step asks to be done. The runtime performs them in order. */
export type ConversationEffect =
  | { readonly type: 'state_changed'; readonly from: SessionState; readonly to: SessionState }
  /** A transition that the table forbids was refused: a fault in Parley. */
  | { readonly type: 'transition_refused'; readonly from: SessionState; readonly to: SessionState }
  /** Gives one segment to a worker; answered by a `segment_done` with the same generation. */
  | {
      readonly type: 'synthesize';
      readonly utteranceId: string;
      readonly text: string;
      readonly generation: number;
    }
  | { readonly type: 'cancel_synthesis' }
  /** Puts a mark behind all audio so far; answered by `utterance_began` or `utterance_finished`. */
  | { readonly type: 'mark'; readonly kind: 'begin' | 'end'; readonly utteranceId: string }
  | { readonly type: 'hold_playout' }
  | { readonly type: 'release_playout' }
  | { readonly type: 'clear_playout' }
  /** Starts, or starts again, the wait that ends in `text_idle`. */
  | { readonly type: 'await_text' }
  | { readonly type: 'stop_awaiting_text' }
  | { readonly type: 'send'; readonly message: EventMessage }
  /** Tells the client and closes its connection; the session takes nothing more. */
  | { readonly type: 'close'; readonly reason: SessionEndReason };
