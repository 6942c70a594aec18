import type { ErrorCode, SessionEndReason, UtteranceEndReason } from '@parley/protocol';
import type { ConversationEffect } from './conversation-effect.ts';
import type { ConversationEvent } from './conversation-event.ts';
import type { Conversation, ConversationLimits, Utterance } from './conversation.ts';
import type { SynthesisResult } from './ports/worker-pool.ts';
import { mayTransition, type SessionState } from './session-state.ts';

/** What a step gives back: the conversation as it is now, and what is to be done, in order. */
export interface StepResult {
  readonly conversation: Conversation;
  readonly effects: readonly ConversationEffect[];
}

/**
 * The whole of a conversation's behaviour: what follows when `event` happens to `conversation`.
 * Pure; audio itself does not pass through here, only its beginnings and ends.
 */
export function step(
  conversation: Conversation,
  event: ConversationEvent,
  limits: ConversationLimits,
): StepResult {
  const effects: ConversationEffect[] = [];
  if (conversation.state === 'CLOSED') return { conversation, effects };
  return { conversation: handle(conversation, event, limits, effects), effects };
}

function handle(
  now: Conversation,
  event: ConversationEvent,
  limits: ConversationLimits,
  effects: ConversationEffect[],
): Conversation {
  switch (event.type) {
    case 'opened':
      return transition(now, 'LISTENING', effects);
    case 'text':
      return onText(now, event.text, event.isFinal, limits, effects);
    case 'control':
      return onControl(now, event.command, effects);
    case 'text_idle':
      return onTextIdle(now, limits, effects);
    case 'segment_done':
      if (event.generation !== now.generation) return now;
      return onSegmentDone(now, event.result, effects);
    case 'utterance_began':
      return onBegan(now, event.utteranceId, effects);
    case 'utterance_finished':
      return onFinished(now, event.utteranceId, effects);
    case 'drain':
      return onDrain(now, limits, effects);
    case 'end':
      return close(now, event.reason, effects);
    default:
      event satisfies never;
      return now;
  }
}

function onText(
  now: Conversation,
  text: string,
  isFinal: boolean,
  limits: ConversationLimits,
  effects: ConversationEffect[],
): Conversation {
  if (now.draining) {
    tellError(effects, 'SHUTTING_DOWN', 'the server is shutting down: connect again and send the text there');
    return now;
  }
  const last = now.utterances.at(-1);
  const continued = last?.open === true ? last : undefined;
  const refusal = whyRefused(now, text, continued === undefined, limits);
  if (refusal !== undefined) {
    tellError(effects, 'RATE_LIMITED', refusal);
    return now;
  }
  const utteranceCount = now.utteranceCount + (continued === undefined ? 1 : 0);
  const utterance = continued ?? newUtterance(`u${utteranceCount}`);
  const extended = cut({ ...utterance, rest: utterance.rest + text, open: !isFinal }, limits);
  const earlier = continued === undefined ? now.utterances : now.utterances.slice(0, -1);
  effects.push({ type: extended.open && extended.rest !== '' ? 'await_text' : 'stop_awaiting_text' });
  return advance({ ...now, utteranceCount, utterances: [...earlier, extended] }, effects);
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

function newUtterance(id: string): Utterance {
  return {
    id,
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
function cut(utterance: Utterance, limits: ConversationLimits, flush = false): Utterance {
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

/** Gives the next segment to a worker if none is at work, and ends utterances that have no more. */
function advance(now: Conversation, effects: ConversationEffect[]): Conversation {
  if (now.synthesizing !== undefined) return now;
  const current = now.utterances.find((utterance) => utterance.ending === undefined);
  if (current === undefined) return now;
  const [text, ...segments] = current.segments;
  if (text !== undefined) {
    if (!current.begun) effects.push({ type: 'mark', kind: 'begin', utteranceId: current.id });
    effects.push({ type: 'synthesize', utteranceId: current.id, text, generation: now.generation });
    return replace({ ...now, synthesizing: current.id }, { ...current, segments, begun: true });
  }
  if (current.open) return now;
  effects.push({ type: 'mark', kind: 'end', utteranceId: current.id });
  return advance(replace(now, { ...current, ending: 'completed' }), effects);
}

function replace(now: Conversation, changed: Utterance): Conversation {
  return {
    ...now,
    utterances: now.utterances.map((utterance) => (utterance.id === changed.id ? changed : utterance)),
  };
}

function onControl(
  now: Conversation,
  command: 'PAUSE' | 'RESUME' | 'STOP',
  effects: ConversationEffect[],
): Conversation {
  switch (command) {
    case 'PAUSE':
      if (now.paused) return now;
      effects.push({ type: 'hold_playout' });
      return { ...now, paused: true };
    case 'RESUME':
      return resume(now, effects);
    case 'STOP':
      return resume(interrupt(now, effects), effects);
    default:
      command satisfies never;
      return now;
  }
}

function resume(now: Conversation, effects: ConversationEffect[]): Conversation {
  if (!now.paused) return now;
  effects.push({ type: 'release_playout' });
  return { ...now, paused: false };
}

/** Drops the utterance that is spoken and everything behind it. */
function interrupt(now: Conversation, effects: ConversationEffect[]): Conversation {
  if (now.utterances.length === 0) return now;
  effects.push({ type: 'cancel_synthesis' }, { type: 'clear_playout' }, { type: 'stop_awaiting_text' });
  for (const utterance of now.utterances) tellEnded(effects, utterance.id, 'stopped');
  const silent = {
    ...now,
    generation: now.generation + 1,
    utterances: [],
    synthesizing: undefined,
  };
  const listening = silent.state === 'LISTENING' ? silent : transition(silent, 'LISTENING', effects);
  return endIfDrained(listening, effects);
}

function onTextIdle(
  now: Conversation,
  limits: ConversationLimits,
  effects: ConversationEffect[],
): Conversation {
  const last = now.utterances.at(-1);
  if (last?.open !== true) return now;
  return advance(replace(now, cut(last, limits, true)), effects);
}

function onSegmentDone(
  now: Conversation,
  result: SynthesisResult,
  effects: ConversationEffect[],
): Conversation {
  const done = { ...now, synthesizing: undefined };
  switch (result.kind) {
    case 'completed':
    case 'cancelled':
      return advance(done, effects);
    case 'unavailable':
      tellError(effects, 'WORKER_UNAVAILABLE', result.message);
      return advance(fail(done, now.synthesizing, effects), effects);
    case 'failed':
      tellError(effects, 'SYNTHESIS_FAILED', result.message);
      return advance(fail(done, now.synthesizing, effects), effects);
    default:
      result satisfies never;
      return now;
  }
}

/** What was already synthesized is still played; the rest of the utterance is given up. */
function fail(
  now: Conversation,
  utteranceId: string | undefined,
  effects: ConversationEffect[],
): Conversation {
  const failed = now.utterances.find((utterance) => utterance.id === utteranceId);
  if (failed === undefined) return now;
  if (failed.open) effects.push({ type: 'stop_awaiting_text' });
  effects.push({ type: 'mark', kind: 'end', utteranceId: failed.id });
  return replace(now, { ...failed, open: false, rest: '', segments: [], ending: 'failed' });
}

function onBegan(now: Conversation, utteranceId: string, effects: ConversationEffect[]): Conversation {
  const began = now.utterances.find((utterance) => utterance.id === utteranceId);
  if (began === undefined) return now;
  const speaking = transition(now, 'SPEAKING', effects);
  effects.push({
    type: 'send',
    message: { type: 'utterance_start', utterance_id: utteranceId, generation: now.generation },
  });
  return replace(speaking, { ...began, announced: true });
}

function onFinished(now: Conversation, utteranceId: string, effects: ConversationEffect[]): Conversation {
  const finished = now.utterances.find((utterance) => utterance.id === utteranceId);
  if (finished === undefined) return now;
  tellEnded(effects, utteranceId, finished.ending ?? 'completed');
  const rest = { ...now, utterances: now.utterances.filter((utterance) => utterance !== finished) };
  const listening = finished.announced ? transition(rest, 'LISTENING', effects) : rest;
  return endIfDrained(listening, effects);
}

/** What has begun is finished, up to the runtime's time limit; what has not is dropped. */
function onDrain(now: Conversation, limits: ConversationLimits, effects: ConversationEffect[]): Conversation {
  if (now.draining) return now;
  const kept: Utterance[] = [];
  for (const utterance of now.utterances) {
    if (utterance.begun || utterance.ending !== undefined) {
      kept.push(utterance.open ? cut({ ...utterance, open: false }, limits) : utterance);
    } else {
      tellEnded(effects, utterance.id, 'stopped');
    }
  }
  effects.push({ type: 'stop_awaiting_text' });
  return endIfDrained(advance({ ...now, draining: true, utterances: kept }, effects), effects);
}

function endIfDrained(now: Conversation, effects: ConversationEffect[]): Conversation {
  return now.draining && now.utterances.length === 0 ? close(now, 'server_shutdown', effects) : now;
}

function close(now: Conversation, reason: SessionEndReason, effects: ConversationEffect[]): Conversation {
  effects.push({ type: 'cancel_synthesis' }, { type: 'clear_playout' }, { type: 'stop_awaiting_text' });
  const closed = transition(now, 'CLOSED', effects);
  effects.push({ type: 'close', reason });
  return { ...closed, generation: now.generation + 1, utterances: [], synthesizing: undefined };
}

function transition(now: Conversation, to: SessionState, effects: ConversationEffect[]): Conversation {
  const from = now.state;
  if (!mayTransition(from, to)) {
    effects.push({ type: 'transition_refused', from, to });
    return now;
  }
  effects.push({ type: 'state_changed', from, to }, { type: 'send', message: { type: 'state', state: to } });
  return { ...now, state: to };
}

function tellEnded(effects: ConversationEffect[], utteranceId: string, reason: UtteranceEndReason): void {
  effects.push({
    type: 'send',
    message: { type: 'utterance_end', utterance_id: utteranceId, reason },
  });
}

function tellError(effects: ConversationEffect[], code: ErrorCode, message: string): void {
  effects.push({ type: 'send', message: { type: 'error', code, message } });
}
