import { SERVER_UTTERANCE_PREFIX } from '@parley/protocol';
import type { ConversationEvent } from './conversation-event.ts';
import type { ConversationLimits, Conversation, Utterance } from './conversation.ts';
import { tellError, type Effects } from './step-effects.ts';
import { advance, replace } from './step-speech.ts';

type TextEvent = Extract<ConversationEvent, { type: 'text' }>;

/** Text has come: it joins the open utterance or begins a new one, unless too much is waiting. */
export function onText(
  before: Conversation,
  { text, isFinal, utteranceId }: TextEvent,
  limits: ConversationLimits,
  effects: Effects,
): Conversation {
  if (before.draining) {
    tellError(effects, 'SHUTTING_DOWN', 'the server is shutting down: connect again and send the text there');
    return before;
  }
  if (utteranceId !== undefined && isOver(before, utteranceId)) return before;
  const now = sealOther(before, utteranceId, limits);
  const last = now.utterances.at(-1);
  const continued = last?.open === true ? last : undefined;
  const refusal = whyRefused(now, text, continued === undefined, limits);
  if (refusal !== undefined) {
    tellError(effects, 'RATE_LIMITED', refusal);
    return now;
  }
  const utteranceCount = now.utteranceCount + (continued === undefined ? 1 : 0);
  const utterance = continued ?? newUtterance(utteranceCount, utteranceId);
  const extended = cut({ ...utterance, rest: utterance.rest + text, open: !isFinal }, limits);
  const earlier = continued === undefined ? now.utterances : now.utterances.slice(0, -1);
  effects.push({ type: extended.open && extended.rest !== '' ? 'await_text' : 'stop_awaiting_text' });
  return advance({ ...now, utteranceCount, utterances: [...earlier, extended] }, effects);
}

/** A named utterance that has ended, or that has got its last chunk, takes no more. */
function isOver(now: Conversation, utteranceId: string): boolean {
  if (now.endedIds.includes(utteranceId)) return true;
  return now.utterances.some(({ id, open }) => id === utteranceId && !open);
}

/** Text of another name says that the open utterance is complete. */
function sealOther(
  now: Conversation,
  utteranceId: string | undefined,
  limits: ConversationLimits,
): Conversation {
  const last = now.utterances.at(-1);
  if (utteranceId === undefined || last?.open !== true || last.id === utteranceId) return now;
  return replace(now, cut({ ...last, open: false }, limits));
}

function whyRefused(
  now: Conversation,
  text: string,
  isNew: boolean,
  limits: ConversationLimits,
): string | undefined {
  if (isNew && now.utterances.length >= limits.maxQueuedUtterances) {
    return `${now.utterances.length} utterances are waiting, which is the most; send this text again when one has ended`;
  }
  const waiting = queuedCharacters(now);
  if (waiting + text.length <= limits.maxQueuedCharacters) return undefined;
  return `${waiting} characters are waiting and this text has ${text.length}; at most ${limits.maxQueuedCharacters} may wait: send it again when some have been spoken`;
}

/** Characters accepted but not yet given to a worker. */
export function queuedCharacters(now: Conversation): number {
  let characters = 0;
  for (const utterance of now.utterances) {
    characters += utterance.rest.length;
    for (const segment of utterance.segments) characters += segment.length;
  }
  return characters;
}

function newUtterance(count: number, utteranceId: string | undefined): Utterance {
  return {
    id: utteranceId ?? `${SERVER_UTTERANCE_PREFIX}${count}`,
    isNamed: utteranceId !== undefined,
    open: true,
    rest: '',
    segments: [],
    hasSegments: false,
    begun: false,
    announced: false,
    ending: undefined,
  };
}

/** Moves whole segments from the rest to the segments; all of it when the utterance is no longer open, or to `flush`. */
export function cut(utterance: Utterance, limits: ConversationLimits, flush = false): Utterance {
  const { segments, rest } = limits.segment({
    buffer: utterance.rest,
    isFinal: !utterance.open,
    flush,
    isFirstSegment: !utterance.hasSegments,
  });
  const spoken = segments.map(limits.spoken).filter((segment) => segment !== '');
  return {
    ...utterance,
    rest,
    segments: [...utterance.segments, ...spoken],
    hasSegments: utterance.hasSegments || spoken.length > 0,
  };
}

/** No text has come for a while: what there is of the open utterance is spoken. */
export function onTextIdle(now: Conversation, limits: ConversationLimits, effects: Effects): Conversation {
  const last = now.utterances.at(-1);
  if (last?.open !== true) return now;
  return advance(replace(now, cut(last, limits, true)), effects);
}
