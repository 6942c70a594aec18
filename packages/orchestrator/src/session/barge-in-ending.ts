import type { ConversationEffect } from './conversation-effect.ts';

/** What can come of speech that was held because the user began to speak. */
export const BARGE_IN_ENDINGS = [
  /** The user meant it: what was being said is over. */
  'confirmed',
  /** It was a cough or a "mm-hm": speech went on from the same sample. */
  'false_alarm',
  /** The client ended it with STOP. */
  'stopped',
  /** All of it had been sent, so that it came to its end while it was held. */
  'finished',
  /** The session ended meanwhile. */
  'closed',
] as const;

/** One of {@link BARGE_IN_ENDINGS}. */
export type BargeInEnding = (typeof BARGE_IN_ENDINGS)[number];

/** A barge-in begun, or what came of one. */
export type BargeInChange = 'held' | BargeInEnding;

/** What the effects of one step say about barge-ins, in order; nearly always nothing. */
export function bargeInChanges(effects: readonly ConversationEffect[]): readonly BargeInChange[] {
  const changes: BargeInChange[] = [];
  for (const effect of effects) {
    if (effect.type !== 'state_changed') continue;
    if (effect.to === 'BARGED_IN') changes.push('held');
    else if (effect.from === 'BARGED_IN') changes.push(endingOf(effect.to, effects));
  }
  return changes;
}

function endingOf(to: string, effects: readonly ConversationEffect[]): BargeInEnding {
  if (to === 'SPEAKING') return 'false_alarm';
  if (to === 'CLOSED') return 'closed';
  const told = effects.find((effect) => effect.type === 'tell_ended');
  if (told?.reason === 'interrupted') return 'confirmed';
  return told?.reason === 'stopped' ? 'stopped' : 'finished';
}
