import type { ConversationEffect } from './conversation-effect.ts';
import type { ConversationEvent } from './conversation-event.ts';
import type { Conversation, ConversationLimits, Utterance } from './conversation.ts';
import {
  bargeIn,
  onResumeDue,
  onTurnDue,
  onSpeechStarted,
  onSpeechStopped,
  onSpeechSustained,
} from './step-barge-in.ts';
import { close, endIfDrained, tellEnded, transition, type Effects } from './step-effects.ts';
import { advance, interrupt, onBegan, onFinished, onGoesOn, onSegmentDone, onWaits } from './step-speech.ts';
import { cut, onText, onTextIdle } from './step-text.ts';

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
  const effects: Effects = [];
  if (conversation.state === 'CLOSED') return { conversation, effects };
  return { conversation: handle(conversation, event, limits, effects), effects };
}

function handle(
  now: Conversation,
  event: ConversationEvent,
  limits: ConversationLimits,
  effects: Effects,
): Conversation {
  switch (event.type) {
    case 'opened':
      return transition(now, 'LISTENING', effects);
    case 'text':
      return onText(now, event, limits, effects);
    case 'control':
      return onControl(now, event.command, effects);
    case 'text_idle':
      return onTextIdle(now, limits, effects);
    case 'segment_done':
      if (event.generation !== now.generation) return now;
      return onSegmentDone(now, event.result, effects);
    case 'utterance_began':
      return begin(now, onBegan(now, event.utteranceId, effects), limits, effects);
    case 'utterance_waits':
      return onWaits(now, event.utteranceId, effects);
    case 'utterance_goes_on':
      return takeTurn(now, onGoesOn(now, event.utteranceId, effects), limits, effects);
    case 'utterance_finished':
      return onFinished(now, event.utteranceId, effects);
    case 'speech_started':
      return onSpeechStarted(now, limits, effects);
    case 'speech_sustained':
      return onSpeechSustained(now, limits, effects);
    case 'speech_stopped':
      return onSpeechStopped(now, effects);
    case 'superseded':
      return interrupt(now, 'interrupted', effects);
    case 'resume_due':
      return onResumeDue(now, effects);
    case 'turn_due':
      return onTurnDue(now, effects);
    case 'drain':
      return onDrain(now, limits, effects);
    case 'end':
      return close(now, event.reason, effects);
    default:
      event satisfies never;
      return now;
  }
}

/** An utterance begins to be heard, or goes on; if the user speaks just then, it waits for its turn, but not for ever. */
function takeTurn(
  before: Conversation,
  speaking: Conversation,
  limits: ConversationLimits,
  effects: Effects,
): Conversation {
  const overlaps = speaking.state === 'SPEAKING' && before.state !== 'SPEAKING' && before.userSpeaking;
  if (!overlaps || limits.bargeIn !== 'confirmed') return speaking;
  const waiting = bargeIn(speaking, limits, effects);
  effects.push({ type: 'await_turn' });
  return waiting;
}

/** An utterance begins to be heard: what the user was saying before is not meant for it. */
function begin(
  before: Conversation,
  speaking: Conversation,
  limits: ConversationLimits,
  effects: Effects,
): Conversation {
  const turn = takeTurn(before, speaking, limits, effects);
  return turn === speaking ? turn : { ...turn, waitsTurn: true };
}

function onControl(now: Conversation, command: 'PAUSE' | 'RESUME' | 'STOP', effects: Effects): Conversation {
  switch (command) {
    case 'PAUSE':
      if (now.paused) return now;
      if (now.state !== 'BARGED_IN') effects.push({ type: 'hold_playout' });
      return { ...now, paused: true };
    case 'RESUME':
      if (!now.paused) return now;
      if (now.state !== 'BARGED_IN') effects.push({ type: 'release_playout' });
      return { ...now, paused: false };
    case 'STOP':
      return interrupt(now, 'stopped', effects);
    default:
      command satisfies never;
      return now;
  }
}

/** An open utterance that gets no more text. Of an answer there is no telling where its writer had come to: it ends at a sentence. */
function closed(utterance: Utterance, limits: ConversationLimits): Utterance {
  const rest = utterance.isAnswer ? '' : utterance.rest;
  return cut({ ...utterance, rest, open: false }, limits);
}

/** What has begun is finished, up to the runtime's time limit; what has not is dropped. */
function onDrain(now: Conversation, limits: ConversationLimits, effects: Effects): Conversation {
  if (now.draining) return now;
  const kept: Utterance[] = [];
  for (const utterance of now.utterances) {
    if (utterance.begun || utterance.ending !== undefined) {
      kept.push(utterance.open ? closed(utterance, limits) : utterance);
    } else {
      tellEnded(effects, utterance, 'stopped');
    }
  }
  effects.push({ type: 'stop_awaiting_text' });
  return endIfDrained(advance({ ...now, draining: true, utterances: kept }, effects), effects);
}
