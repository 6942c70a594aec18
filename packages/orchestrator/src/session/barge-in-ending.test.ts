import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bargeInChanges, type BargeInChange } from './barge-in-ending.ts';
import type { ConversationEvent } from './conversation-event.ts';
import { NEW_CONVERSATION, type Conversation, type ConversationLimits } from './conversation.ts';
import { step } from './step.ts';

const limits: ConversationLimits = {
  maxQueuedCharacters: 1000,
  maxQueuedUtterances: 10,
  bargeIn: 'confirmed',
  segment: ({ buffer }) => ({ segments: [buffer], rest: '' }),
  spoken: (text) => text,
};

const speaking: readonly ConversationEvent[] = [
  { type: 'opened' },
  { type: 'text', text: 'Hello there.', isFinal: true, utteranceId: 'u' },
  { type: 'utterance_began', utteranceId: 'u' },
];

/** What is counted while these events happen to a session that speaks. */
function counted(events: readonly ConversationEvent[], bargeIn = limits.bargeIn): readonly BargeInChange[] {
  let conversation: Conversation = NEW_CONVERSATION;
  return [...speaking, ...events].flatMap((event) => {
    const result = step(conversation, event, { ...limits, bargeIn });
    conversation = result.conversation;
    return bargeInChanges(result.effects);
  });
}

const started = { type: 'speech_started' } as const;
const stopped = { type: 'speech_stopped' } as const;

test('speech that lasts is counted as held and then as confirmed', () => {
  assert.deepEqual(counted([started, { type: 'speech_sustained' }, stopped]), ['held', 'confirmed']);
});

test('speech that ends before it means anything is counted as a false alarm', () => {
  assert.deepEqual(counted([started, stopped, { type: 'resume_due' }]), ['held', 'false_alarm']);
});

test('an interruption at the first sign is held and confirmed in one step', () => {
  assert.deepEqual(counted([started], 'immediate'), ['held', 'confirmed']);
});

test('a stop, an end of the session and an end of the audio during the hold are told apart', () => {
  assert.deepEqual(counted([started, { type: 'control', command: 'STOP' }]), ['held', 'stopped']);
  assert.deepEqual(counted([started, { type: 'end', reason: 'completed' }]), ['held', 'closed']);
  assert.deepEqual(counted([started, { type: 'utterance_finished', utteranceId: 'u' }]), [
    'held',
    'finished',
  ]);
});

test('what is no barge-in is not counted', () => {
  assert.deepEqual(counted([{ type: 'control', command: 'STOP' }, started, stopped]), []);
  assert.deepEqual(counted([started], 'off'), []);
});
