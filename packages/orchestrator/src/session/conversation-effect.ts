import type { SessionEndReason, UtteranceEndReason } from '@parley/protocol';
import type { MarkKind } from '../playout/playout-ports.ts';
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
  /** Puts a mark behind all audio so far; answered by the event of an utterance that belongs to its kind. */
  | { readonly type: 'mark'; readonly kind: MarkKind; readonly utteranceId: string }
  /** Stops the next frame; the client is told to hold what it has. */
  | { readonly type: 'hold_playout' }
  /** Goes on with the very next sample. */
  | { readonly type: 'release_playout' }
  /** Drops all audio of `generation` and ends any hold; the client is told to drop what it has, which says the same. */
  | { readonly type: 'clear_playout'; readonly generation: number }
  /** Starts, or starts again, the wait that ends in `text_idle`. */
  | { readonly type: 'await_text' }
  | { readonly type: 'stop_awaiting_text' }
  /** Starts the wait that ends in `resume_due`. */
  | { readonly type: 'await_resume' }
  /** Starts the wait that ends in `turn_due`, in place of any other such wait. */
  | { readonly type: 'await_turn' }
  | { readonly type: 'stop_awaiting_resume' }
  /** Tells the client how an utterance ended and what was heard of it. */
  | {
      readonly type: 'tell_ended';
      readonly utteranceId: string;
      readonly reason: UtteranceEndReason;
      /** Text of it that was never given to a worker. */
      readonly unspoken: string;
      /** What the client had of it was cleared right before. */
      readonly isCleared: boolean;
    }
  | { readonly type: 'send'; readonly message: EventMessage }
  /** Tells the client and closes its connection; the session takes nothing more. */
  | { readonly type: 'close'; readonly reason: SessionEndReason };
