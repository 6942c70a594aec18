import type { Conversation, ConversationLimits } from './conversation.ts';
import { transition, type Effects } from './step-effects.ts';
import { interrupt, isInGap } from './step-speech.ts';

/**
 * The user begins to speak. While the system speaks this is the first step of a barge-in: silence at once,
 * nothing lost yet. Whether it was an interruption is known when the speech has lasted or has ended.
 */
export function onSpeechStarted(
  now: Conversation,
  limits: ConversationLimits,
  effects: Effects,
): Conversation {
  const heard = { ...now, userSpeaking: true, waitsTurn: false };
  if (now.state === 'SPEAKING') return bargeIn(heard, limits, effects);
  if (limits.bargeIn === 'immediate' && isInGap(now)) return interrupt(heard, 'interrupted', effects);
  if (now.state === 'BARGED_IN') effects.push({ type: 'stop_awaiting_resume' });
  return heard;
}

/** The user has spoken long enough to mean it: what was being said, or in the middle of it waits to go on, is over. */
export function onSpeechSustained(
  now: Conversation,
  limits: ConversationLimits,
  effects: Effects,
): Conversation {
  if (now.waitsTurn) return now;
  // Words that are understood late were not said into the gap.
  const endsGap = limits.bargeIn !== 'off' && now.userSpeaking && isInGap(now);
  return endsGap || now.state === 'BARGED_IN' ? interrupt(now, 'interrupted', effects) : now;
}

/** The user is silent again. If that was no interruption, speech goes on after a moment. */
export function onSpeechStopped(now: Conversation, effects: Effects): Conversation {
  if (now.state === 'BARGED_IN') effects.push({ type: 'await_resume' });
  return { ...now, userSpeaking: false };
}

/** It was a cough or a "mm-hm": speech goes on from the sample at which it was held. */
export function onResumeDue(now: Conversation, effects: Effects): Conversation {
  if (now.state !== 'BARGED_IN' || now.userSpeaking) return now;
  const speaking = transition({ ...now, waitsTurn: false }, 'SPEAKING', effects);
  if (!now.paused) effects.push({ type: 'release_playout' });
  return speaking;
}

/** What never falls silent is a television, or noise taken for a voice: speech goes on over it. */
export function onTurnDue(now: Conversation, effects: Effects): Conversation {
  return onResumeDue({ ...now, userSpeaking: false }, effects);
}

/** First step of a barge-in; with no second step configured, the whole of it. */
export function bargeIn(now: Conversation, limits: ConversationLimits, effects: Effects): Conversation {
  if (limits.bargeIn === 'off') return now;
  const barged = transition(now, 'BARGED_IN', effects);
  if (limits.bargeIn === 'immediate') return interrupt(barged, 'interrupted', effects);
  if (!now.paused) effects.push({ type: 'hold_playout' });
  return barged;
}
