import { SERVER_UTTERANCE_PREFIX } from '@parley/protocol';
import type { ConversationEvent } from './conversation-event.ts';
import type { ConversationLimits, Conversation, Utterance } from './conversation.ts';
import { awaitText, tellError, type Effects } from './step-effects.ts';
import { advance, replace } from './step-speech.ts';

type TextEvent = Extract<ConversationEvent, { type: 'text' }>;

/**
 * Text has come: it joins the utterance of its side that is open or begins a new one behind all others, unless too much
 * is waiting.
 */
export function onText(
  before: Conversation,
  event: TextEvent,
  limits: ConversationLimits,
  effects: Effects,
): Conversation {
  const { text, isFinal, utteranceId, isAnswer = false } = event;
  if (before.draining) {
    tellError(effects, 'SHUTTING_DOWN', 'the server is shutting down: connect again and send the text there');
    return before;
  }
  if (utteranceId !== undefined && isOver(before, utteranceId)) return before;
  const now = sealOthers(before, event, limits);
  const continued = now.utterances.find((utterance) => utterance.open && utterance.isAnswer === isAnswer);
  const refusal = isAnswer ? undefined : whyRefused(now, text, continued === undefined, limits);
  if (refusal !== undefined) {
    tellError(effects, 'RATE_LIMITED', refusal);
    // Its name has still completed the utterance before it.
    return advance(now, effects);
  }
  const utteranceCount = now.utteranceCount + (continued === undefined ? 1 : 0);
  const utterance = continued ?? newUtterance(utteranceCount, event);
  const extended = cut({ ...utterance, rest: utterance.rest + text, open: !isFinal }, limits);
  const taken =
    continued === undefined
      ? { ...now, utteranceCount, utterances: [...now.utterances, extended] }
      : replace(now, extended);
  awaitText(taken, effects);
  return advance(taken, effects);
}

/** A named utterance that has ended, or that has got its last chunk, takes no more. */
function isOver(now: Conversation, utteranceId: string): boolean {
  if (now.endedIds.includes(utteranceId)) return true;
  return now.utterances.some(({ id, open }) => id === utteranceId && !open);
}

/**
 * Text of another name says that the client's open utterance is complete. So does an answer that begins, as it would
 * wait behind it for ever; while it is written it leaves what the client says alone.
 */
function sealOthers(
  now: Conversation,
  { utteranceId, isAnswer = false }: TextEvent,
  limits: ConversationLimits,
): Conversation {
  if (utteranceId === undefined || now.utterances.some(({ id }) => id === utteranceId && isAnswer))
    return now;
  const utterances = now.utterances.map((utterance) => {
    const isOther = utterance.open && utterance.id !== utteranceId && (isAnswer || !utterance.isAnswer);
    return isOther ? cut({ ...utterance, open: false }, limits) : utterance;
  });
  return { ...now, utterances };
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
function queuedCharacters(now: Conversation): number {
  let characters = 0;
  for (const utterance of now.utterances) {
    characters += utterance.rest.length;
    for (const segment of utterance.segments) characters += segment.length;
  }
  return characters;
}

function newUtterance(count: number, { utteranceId, isAnswer = false }: TextEvent): Utterance {
  return {
    id: utteranceId ?? `${SERVER_UTTERANCE_PREFIX}${count}`,
    isNamed: utteranceId !== undefined,
    isAnswer,
    open: true,
    rest: '',
    segments: [],
    hasSegments: false,
    begun: false,
    announced: false,
    waiting: false,
    waits: 0,
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

/** No text has come for a while: what there is of open utterances is spoken. */
export function onTextIdle(now: Conversation, limits: ConversationLimits, effects: Effects): Conversation {
  const utterances = now.utterances.map((utterance) =>
    utterance.open ? cut(utterance, limits, true) : utterance,
  );
  return advance({ ...now, utterances }, effects);
}
