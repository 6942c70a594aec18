import type { ErrorCode, SessionEndReason, UtteranceEndReason } from '@parley/protocol';
import type { ConversationEffect } from './conversation-effect.ts';
import { joinTexts } from '../text/index.ts';
import type { Conversation, Utterance } from './conversation.ts';
import { mayTransition, type SessionState } from './session-state.ts';

/** Where the parts of a step put what is to be done. */
export type Effects = ConversationEffect[];

/** Goes to a state, or refuses where the table does not allow it. */
export function transition(now: Conversation, to: SessionState, effects: Effects): Conversation {
  const from = now.state;
  if (!mayTransition(from, to)) {
    effects.push({ type: 'transition_refused', from, to });
    return now;
  }
  effects.push({ type: 'state_changed', from, to }, { type: 'send', message: { type: 'state', state: to } });
  return { ...now, state: to };
}

/** Tells the client of an error; the conversation goes on. */
export function tellError(effects: Effects, code: ErrorCode, message: string): void {
  effects.push({ type: 'send', message: { type: 'error', code, message } });
}

/** Waits for more text where there is some that is no whole segment yet. */
export function awaitText(now: Conversation, effects: Effects): void {
  const isWaiting = now.utterances.some(({ open, rest }) => open && rest !== '');
  effects.push({ type: isWaiting ? 'await_text' : 'stop_awaiting_text' });
}

/** Tells how an utterance ended, with what was heard of it. */
export function tellEnded(
  effects: Effects,
  utterance: Utterance,
  reason: UtteranceEndReason,
  isCleared: boolean = false,
): void {
  const unspoken = joinTexts([...utterance.segments, utterance.rest]);
  effects.push({ type: 'tell_ended', utteranceId: utterance.id, reason, unspoken, isCleared });
}

/** Ends a draining conversation that has nothing left to say. */
export function endIfDrained(now: Conversation, effects: Effects): Conversation {
  return now.draining && now.utterances.length === 0 ? close(now, 'server_shutdown', effects) : now;
}

/** Ends the conversation, whatever it was doing. */
export function close(now: Conversation, reason: SessionEndReason, effects: Effects): Conversation {
  effects.push(
    { type: 'cancel_synthesis' },
    { type: 'stop_awaiting_text' },
    { type: 'stop_awaiting_resume' },
  );
  for (const utterance of now.utterances) tellEnded(effects, utterance, 'stopped');
  const closed = transition(now, 'CLOSED', effects);
  effects.push({ type: 'close', reason });
  return {
    ...closed,
    generation: now.generation + 1,
    utterances: [],
    synthesizing: undefined,
  };
}
