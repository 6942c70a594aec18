import type { Conversation, Utterance } from './conversation.ts';
import type { SynthesisResult } from './ports/worker-pool.ts';
import { awaitText, endIfDrained, tellEnded, tellError, transition, type Effects } from './step-effects.ts';

/** Gives the next segment to a worker if none is at work, and ends utterances that have no more. */
export function advance(now: Conversation, effects: Effects): Conversation {
  if (now.synthesizing !== undefined) return now;
  const current = now.utterances.find((utterance) => utterance.ending === undefined);
  if (current === undefined) return now;
  const [text, ...segments] = current.segments;
  if (text !== undefined) {
    if (!current.begun) effects.push({ type: 'mark', kind: 'begin', utteranceId: current.id });
    else if (current.waiting) effects.push({ type: 'mark', kind: 'go_on', utteranceId: current.id });
    effects.push({ type: 'synthesize', utteranceId: current.id, text, generation: now.generation });
    return replace(
      { ...now, synthesizing: current.id },
      { ...current, segments, begun: true, waiting: false },
    );
  }
  if (current.open) return awaitMore(now, current, effects);
  effects.push({ type: 'mark', kind: 'end', utteranceId: current.id });
  return advance(replace(now, { ...current, ending: 'completed', waiting: false }), effects);
}

/** All there is of an open utterance is with a worker or in playout: when that has been heard, nothing moves. */
function awaitMore(now: Conversation, open: Utterance, effects: Effects): Conversation {
  if (!open.begun || open.waiting) return now;
  effects.push({ type: 'mark', kind: 'wait', utteranceId: open.id });
  return replace(now, { ...open, waiting: true, waits: open.waits + 1 });
}

/** The conversation with one of its utterances changed. */
export function replace(now: Conversation, changed: Utterance): Conversation {
  return {
    ...now,
    utterances: now.utterances.map((utterance) => (utterance.id === changed.id ? changed : utterance)),
  };
}

/** The worker is done with a segment: the next one, or an error and the next utterance. */
export function onSegmentDone(now: Conversation, result: SynthesisResult, effects: Effects): Conversation {
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
function fail(now: Conversation, utteranceId: string | undefined, effects: Effects): Conversation {
  const failed = now.utterances.find((utterance) => utterance.id === utteranceId);
  if (failed === undefined) return now;
  // Under its own name, more of it may be on its way: it is over already.
  const over = replace(forget(now, [failed]), {
    ...failed,
    open: false,
    rest: '',
    segments: [],
    waiting: false,
    ending: 'failed',
  });
  if (failed.open) awaitText(over, effects);
  effects.push({ type: 'mark', kind: 'end', utteranceId: failed.id });
  return over;
}

/** The client hears an utterance's first frame. */
export function onBegan(now: Conversation, utteranceId: string, effects: Effects): Conversation {
  const began = now.utterances.find((utterance) => utterance.id === utteranceId);
  if (began === undefined) return now;
  // In a barge-in its first frames were on their way when the user began to speak: that decision stands. And what was
  // held between two utterances speaks already when the second one begins.
  const isHeard = now.utterances.some(({ announced }) => announced);
  const isSpeaking = now.state === 'BARGED_IN' || (now.state === 'SPEAKING' && !isHeard);
  const speaking = isSpeaking ? now : transition(now, 'SPEAKING', effects);
  effects.push({
    type: 'send',
    message: { type: 'utterance_start', utterance_id: utteranceId, generation: now.generation },
  });
  return replace(speaking, { ...began, announced: true });
}

/** The client has heard all there was of an open utterance. If that is still all, the system speaks no more for now. */
export function onWaits(now: Conversation, utteranceId: string, effects: Effects): Conversation {
  const heard = now.utterances.find(({ id }) => id === utteranceId);
  if (heard === undefined) return now;
  const rest = replace(now, { ...heard, waits: heard.waits - 1 });
  return heard.waiting && heard.waits === 1 ? listen(rest, effects) : rest;
}

/** The client hears more of an utterance that had waited for it. In a barge-in that decision stands. */
export function onGoesOn(now: Conversation, utteranceId: string, effects: Effects): Conversation {
  const isThere = now.utterances.some(({ id }) => id === utteranceId);
  return isThere && now.state === 'LISTENING' ? transition(now, 'SPEAKING', effects) : now;
}

/** Whether a part of an utterance has been heard and the system waits for the rest, silent. */
export function isInGap(now: Conversation, isOf: (utterance: Utterance) => boolean = () => true): boolean {
  if (now.state !== 'LISTENING') return false;
  return now.utterances.some((one) => one.announced && one.ending === undefined && isOf(one));
}

/** The client has heard an utterance's last frame. */
export function onFinished(now: Conversation, utteranceId: string, effects: Effects): Conversation {
  const finished = now.utterances.find((utterance) => utterance.id === utteranceId);
  if (finished === undefined) return now;
  tellEnded(effects, finished, finished.ending ?? 'completed');
  const rest = {
    ...forget(now, [finished]),
    utterances: now.utterances.filter((utterance) => utterance !== finished),
  };
  // Held in the middle of an utterance, it stays so while there is another one behind.
  const staysHeld = rest.state === 'BARGED_IN' && rest.utterances.some(({ begun }) => begun);
  return endIfDrained(staysHeld ? rest : listen(rest, effects), effects);
}

/** Most names of ended utterances remembered. */
const MAX_ENDED_IDS = 100;

/** Remembers the client's names of utterances that are over, as chunks of them may still be on their way. */
export function forget(now: Conversation, ended: readonly Utterance[]): Conversation {
  const names = ended.filter(({ isNamed }) => isNamed).map(({ id }) => id);
  return names.length === 0 ? now : { ...now, endedIds: [...now.endedIds, ...names].slice(-MAX_ENDED_IDS) };
}

/** Back to listening, with playout free to go on unless the client holds it. */
function listen(now: Conversation, effects: Effects): Conversation {
  if (now.state === 'BARGED_IN') {
    effects.push({ type: 'stop_awaiting_resume' });
    if (!now.paused) effects.push({ type: 'release_playout' });
  }
  return now.state === 'LISTENING' ? now : transition(now, 'LISTENING', effects);
}

/** Drops the utterance that is spoken and everything behind it, and ends any pause. */
export function interrupt(
  now: Conversation,
  reason: 'interrupted' | 'stopped',
  effects: Effects,
): Conversation {
  const resumed = { ...now, paused: false, waitsTurn: false };
  if (now.utterances.length === 0) {
    if (now.paused) effects.push({ type: 'release_playout' });
    return resumed;
  }
  effects.push({ type: 'cancel_synthesis' }, { type: 'clear_playout', generation: now.generation });
  for (const utterance of now.utterances) tellEnded(effects, utterance, reason, true);
  effects.push({ type: 'stop_awaiting_text' });
  const silent = {
    ...forget(resumed, now.utterances),
    generation: now.generation + 1,
    utterances: [],
    synthesizing: undefined,
  };
  if (now.state === 'BARGED_IN') effects.push({ type: 'stop_awaiting_resume' });
  // Nothing is released: what was held is gone.
  return endIfDrained(
    silent.state === 'LISTENING' ? silent : transition(silent, 'LISTENING', effects),
    effects,
  );
}
