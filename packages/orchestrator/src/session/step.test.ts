import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { ConversationEffect } from './conversation-effect.ts';
import type { ConversationEvent } from './conversation-event.ts';
import { NEW_CONVERSATION, type Conversation, type ConversationLimits } from './conversation.ts';
import { mayTransition, SESSION_TRANSITIONS, type SessionState } from './session-state.ts';
import { step } from './step.ts';

/** Sentences end at a full stop; nothing else matters here. */
const LIMITS: ConversationLimits = {
  maxQueuedCharacters: 100,
  maxQueuedUtterances: 3,
  bargeIn: 'confirmed',
  segment: ({ buffer, isFinal, flush }) => {
    const segments = buffer.match(/[^.]*\./g) ?? [];
    const rest = buffer.slice(segments.join('').length);
    return (isFinal || flush) && rest !== ''
      ? { segments: [...segments, rest], rest: '' }
      : { segments, rest };
  },
  spoken: (segment) => segment.trim().replace(/^\W+$/, ''),
};

/** Runs events through a conversation and keeps what it did. */
class Story {
  now: Conversation = NEW_CONVERSATION;
  effects: ConversationEffect[] = [];

  constructor(...events: ConversationEvent[]) {
    this.happens({ type: 'opened' }, ...events);
  }

  happens(...events: ConversationEvent[]): this {
    for (const event of events) {
      const result = step(this.now, event, LIMITS);
      this.now = result.conversation;
      this.effects.push(...result.effects);
    }
    return this;
  }

  /** Effects since the last call, in short. */
  done(): string[] {
    return this.effects.splice(0).map(inShort);
  }
}

function inShort(effect: ConversationEffect): string {
  switch (effect.type) {
    case 'synthesize':
      return `synthesize ${effect.utteranceId} "${effect.text}" g${effect.generation}`;
    case 'mark':
      return `mark ${effect.kind} ${effect.utteranceId}`;
    case 'state_changed':
      return `${effect.from} -> ${effect.to}`;
    case 'tell_ended':
      return `end ${effect.utteranceId} ${effect.reason}`;
    case 'close':
      return `close ${effect.reason}`;
    case 'send': {
      const { message } = effect;
      if (message.type === 'error') return `error ${message.code}`;
      if (message.type === 'utterance_start') return `start ${message.utterance_id}`;
      return message.type;
    }
    default:
      return effect.type;
  }
}

const text = (content: string, isFinal = true): ConversationEvent => ({
  type: 'text',
  text: content,
  isFinal,
});
const control = (command: 'PAUSE' | 'RESUME' | 'STOP'): ConversationEvent => ({ type: 'control', command });
const completed = (generation = 0): ConversationEvent => ({
  type: 'segment_done',
  generation,
  result: { kind: 'completed' },
});
const began = (utteranceId: string): ConversationEvent => ({ type: 'utterance_began', utteranceId });
const waits = (utteranceId: string): ConversationEvent => ({ type: 'utterance_waits', utteranceId });
const goesOn = (utteranceId: string): ConversationEvent => ({ type: 'utterance_goes_on', utteranceId });
const finished = (utteranceId: string): ConversationEvent => ({ type: 'utterance_finished', utteranceId });

describe('a conversation', () => {
  test('speaks a text segment by segment, and says when it begins and ends', () => {
    const story = new Story();
    assert.deepEqual(story.done(), ['INITIALIZING -> LISTENING', 'state']);
    story.happens(text('One. Two.'));
    assert.deepEqual(story.done(), [
      'stop_awaiting_text',
      'mark begin parley-1',
      'synthesize parley-1 "One." g0',
    ]);
    assert.equal(story.now.state, 'LISTENING', 'no audio moves yet');
    story.happens(began('parley-1'));
    assert.deepEqual(story.done(), ['LISTENING -> SPEAKING', 'state', 'start parley-1']);
    story.happens(completed(), completed());
    assert.deepEqual(story.done(), ['synthesize parley-1 "Two." g0', 'mark end parley-1']);
    story.happens(finished('parley-1'));
    assert.deepEqual(story.done(), ['end parley-1 completed', 'SPEAKING -> LISTENING', 'state']);
    assert.deepEqual(story.now.utterances, []);
  });

  test('starts at the first sentence of a stream of tokens, not at its end', () => {
    const story = new Story(text('Hel', false), text('lo.', false), text(' And', false));
    assert.deepEqual(story.done().slice(2), [
      'await_text',
      'stop_awaiting_text',
      'mark begin parley-1',
      'synthesize parley-1 "Hello." g0',
      'await_text',
    ]);
    story.happens(completed());
    assert.deepEqual(story.done(), ['mark wait parley-1'], 'the utterance is open: its end is not known');
    story.happens(text(' or', false));
    assert.deepEqual(story.done(), ['await_text'], 'it waits once');
    story.happens(text(' more'));
    assert.deepEqual(story.done(), [
      'stop_awaiting_text',
      'mark go_on parley-1',
      'synthesize parley-1 "And or more" g0',
    ]);
  });

  test('speaks unfinished text when no more of it comes for a while', () => {
    const story = new Story(text('Hello', false));
    story.done();
    story.happens({ type: 'text_idle' });
    assert.deepEqual(story.done(), ['mark begin parley-1', 'synthesize parley-1 "Hello" g0']);
    story.happens(completed(), text(' there.'), completed());
    assert.deepEqual(story.done(), [
      'mark wait parley-1',
      'stop_awaiting_text',
      'mark go_on parley-1',
      'synthesize parley-1 "there." g0',
      'mark end parley-1',
    ]);
  });

  test('speaks several utterances in order and prepares the next while one is heard', () => {
    const story = new Story(text('One.'), text('Two.'));
    story.done();
    story.happens(completed());
    assert.deepEqual(story.done(), [
      'mark end parley-1',
      'mark begin parley-2',
      'synthesize parley-2 "Two." g0',
    ]);
  });

  for (const nothing of ['   ', '\n', '...', '!?', '—']) {
    test(`ends ${JSON.stringify(nothing)} without asking a worker`, () => {
      const story = new Story(text(nothing));
      assert.deepEqual(story.done().slice(2), ['stop_awaiting_text', 'mark end parley-1']);
      story.happens(finished('parley-1'));
      assert.deepEqual(story.done(), ['end parley-1 completed']);
    });
  }

  test('STOP drops what is spoken and everything behind it, and raises the generation', () => {
    const story = new Story(text('One. Two.'), text('Three.'), began('parley-1'));
    story.done();
    story.happens(control('STOP'));
    assert.deepEqual(story.done(), [
      'cancel_synthesis',
      'clear_playout',
      'end parley-1 stopped',
      'end parley-2 stopped',
      'stop_awaiting_text',
      'SPEAKING -> LISTENING',
      'state',
    ]);
    story.happens(completed(0), began('parley-1'), finished('parley-1'));
    assert.deepEqual(story.done(), [], 'what belonged to the dropped generation is ignored');
    story.happens(text('Four.'));
    assert.deepEqual(story.done().at(-1), 'synthesize parley-3 "Four." g1');
  });

  test('two STOPs at once, and a STOP with nothing to stop, do no more than one', () => {
    const story = new Story(text('One.'), control('STOP'));
    story.done();
    story.happens(control('STOP'), control('STOP'));
    assert.deepEqual(story.done(), []);
    assert.equal(story.now.generation, 1);
  });

  test('STOP between the last frame and utterance_end ends the utterance once', () => {
    const story = new Story(
      text('One.'),
      began('parley-1'),
      completed(),
      control('STOP'),
      finished('parley-1'),
    );
    assert.equal(story.done().filter((line) => line.startsWith('end parley-1')).length, 1);
    assert.equal(story.now.state, 'LISTENING');
  });

  test('a text after STOP is heard even when the stopped stream was never finished', () => {
    const story = new Story(text('Hello wor', false), control('STOP'));
    story.done();
    story.happens(text('New.'));
    assert.equal(story.done().at(-1), 'synthesize parley-2 "New." g1');
  });

  test('PAUSE and RESUME hold and release playout once, and lose nothing', () => {
    const story = new Story(text('One.'), began('parley-1'));
    story.done();
    story.happens(control('PAUSE'), control('PAUSE'), control('RESUME'), control('RESUME'));
    assert.deepEqual(story.done(), ['hold_playout', 'release_playout']);
    assert.equal(story.now.utterances.length, 1);
  });

  test('STOP while paused also ends the pause, so that the next text is heard', () => {
    const story = new Story(text('One.'), began('parley-1'), control('PAUSE'));
    story.done();
    story.happens(control('STOP'));
    const done = story.done();
    assert.ok(done.includes('clear_playout') && !done.includes('release_playout'), 'the clear says both');
    assert.equal(story.now.paused, false);
    story.happens(control('PAUSE'), control('STOP'));
    assert.deepEqual(story.done(), ['hold_playout', 'release_playout'], 'with nothing to clear');
  });

  test('a worker that cannot be had fails the utterance, and the next one is tried', () => {
    const story = new Story(text('One. Two.'), text('Three.'));
    story.done();
    story.happens({ type: 'segment_done', generation: 0, result: { kind: 'unavailable', message: 'none' } });
    assert.deepEqual(story.done(), [
      'error WORKER_UNAVAILABLE',
      'mark end parley-1',
      'mark begin parley-2',
      'synthesize parley-2 "Three." g0',
    ]);
    story.happens(finished('parley-1'));
    assert.deepEqual(story.done(), ['end parley-1 failed']);
  });

  test('a worker that fails in the middle of a stream ends that utterance; later text is spoken', () => {
    const story = new Story(text('One. Tw', false), began('parley-1'));
    story.done();
    story.happens({ type: 'segment_done', generation: 0, result: { kind: 'failed', message: 'died' } });
    assert.deepEqual(story.done(), ['error SYNTHESIS_FAILED', 'stop_awaiting_text', 'mark end parley-1']);
    story.happens(text('Next.'));
    assert.equal(story.done().at(-1), 'synthesize parley-2 "Next." g0');
  });

  test('text beyond the limits is refused with a reason and what is queued stays', () => {
    const story = new Story(text(`${'x'.repeat(99)}.`), text('x'.repeat(101)));
    assert.equal(story.done().at(-1), 'error RATE_LIMITED');
    story.happens(text('A.'), text('B.'), text('C.'));
    assert.equal(story.done().at(-1), 'error RATE_LIMITED');
    assert.deepEqual(
      story.now.utterances.map(({ id }) => id),
      ['parley-1', 'parley-2', 'parley-3'],
    );
  });

  test('text under another name that is refused still completes the utterance before it', () => {
    const chunk = (content: string, utteranceId: string): ConversationEvent => ({
      type: 'text',
      text: content,
      isFinal: false,
      utteranceId,
    });
    const story = new Story(chunk('One. Two', 'u1'), completed());
    story.done();
    story.happens(chunk('x'.repeat(101), 'u2'));
    assert.deepEqual(story.done(), ['error RATE_LIMITED', 'mark go_on u1', 'synthesize u1 "Two" g0']);
    story.happens(completed());
    assert.deepEqual(story.done(), ['mark end u1']);
  });

  test('a drain with nothing to say ends the session at once', () => {
    const story = new Story({ type: 'drain' });
    assert.equal(story.done().at(-1), 'close server_shutdown');
    assert.equal(story.now.state, 'CLOSED');
  });

  test('a drain finishes the utterance that has begun, drops the others, and takes no more text', () => {
    const story = new Story(text('One. Tw', false), text('o. Three.'), text('Four.'), began('parley-1'));
    story.done();
    story.happens({ type: 'drain' }, text('Five.'));
    assert.deepEqual(story.done(), ['end parley-2 stopped', 'stop_awaiting_text', 'error SHUTTING_DOWN']);
    story.happens(completed(), completed(), completed(), finished('parley-1'));
    assert.deepEqual(story.done().slice(-2), ['state', 'close server_shutdown']);
    assert.equal(story.now.state, 'CLOSED');
  });

  test('a drain speaks what an open stream has brought so far', () => {
    const story = new Story(text('One. Two and', false), began('parley-1'));
    story.done();
    story.happens({ type: 'drain' }, completed());
    assert.equal(story.done().at(-1), 'synthesize parley-1 "Two and" g0');
  });

  test('STOP during a drain ends the session', () => {
    const story = new Story(text('One.'), began('parley-1'), { type: 'drain' });
    story.done();
    story.happens(control('STOP'));
    assert.equal(story.done().at(-1), 'close server_shutdown');
  });

  test('a forbidden transition is refused', () => {
    const story = new Story(text('One.'), text('Two.'), began('parley-1'));
    story.done();
    story.happens(began('parley-2'));
    assert.ok(story.done().includes('transition_refused'));
    assert.equal(story.now.state, 'SPEAKING');
  });

  test('nothing happens after the end', () => {
    const story = new Story({ type: 'end', reason: 'idle_timeout' });
    story.done();
    story.happens(text('One.'), control('STOP'), { type: 'drain' }, { type: 'end', reason: 'error' });
    assert.deepEqual(story.done(), []);
  });

  const voice = (
    type: 'speech_started' | 'speech_sustained' | 'speech_stopped' | 'resume_due' | 'turn_due',
  ): ConversationEvent => ({
    type,
  });

  /** A conversation in the middle of its first utterance. */
  function speaking(): Story {
    const story = new Story(text('One. Two.'), began('parley-1'));
    story.done();
    return story;
  }

  test("the user's voice silences speech at once and drops nothing yet", () => {
    const story = speaking().happens(voice('speech_started'));
    assert.deepEqual(story.done(), ['SPEAKING -> BARGED_IN', 'state', 'hold_playout']);
    assert.equal(story.now.utterances.length, 1);
    assert.equal(story.now.generation, 0);
  });

  test('a cough is a false alarm: speech goes on where it was held', () => {
    const story = speaking().happens(voice('speech_started'), voice('speech_stopped'));
    assert.equal(story.done().at(-1), 'await_resume');
    story.happens(voice('resume_due'));
    assert.deepEqual(story.done(), ['BARGED_IN -> SPEAKING', 'state', 'release_playout']);
    assert.equal(story.now.generation, 0);
  });

  test('speech that lasts is an interruption: everything queued is dropped', () => {
    const story = speaking().happens(text('Three.'), voice('speech_started'));
    story.done();
    story.happens(voice('speech_sustained'));
    assert.deepEqual(story.done(), [
      'cancel_synthesis',
      'clear_playout',
      'end parley-1 interrupted',
      'end parley-2 interrupted',
      'stop_awaiting_text',
      'stop_awaiting_resume',
      'BARGED_IN -> LISTENING',
      'state',
    ]);
    assert.equal(story.now.generation, 1);
  });

  test('a cough right after a cough waits for its own silence', () => {
    const story = speaking().happens(
      voice('speech_started'),
      voice('speech_stopped'),
      voice('speech_started'),
    );
    assert.equal(story.done().at(-1), 'stop_awaiting_resume');
    story.happens(voice('resume_due'));
    assert.equal(story.now.state, 'BARGED_IN', 'the user is speaking');
  });

  test('immediate barge-in ends speech with the first sign of voice', () => {
    const result = step(speaking().now, voice('speech_started'), { ...LIMITS, bargeIn: 'immediate' });
    assert.equal(result.conversation.state, 'LISTENING');
    assert.equal(result.conversation.generation, 1);
  });

  test('with barge-in off the voice changes nothing that is heard', () => {
    const result = step(speaking().now, voice('speech_started'), { ...LIMITS, bargeIn: 'off' });
    assert.deepEqual(result.effects, []);
    assert.equal(result.conversation.state, 'SPEAKING');
  });

  test('speech that would begin while the user speaks waits until the user is silent', () => {
    const story = new Story(voice('speech_started'), voice('speech_sustained'), text('One.'));
    story.done();
    story.happens(began('parley-1'));
    assert.equal(story.now.state, 'BARGED_IN');
    story.happens(voice('speech_stopped'), voice('resume_due'));
    assert.equal(story.now.state, 'SPEAKING');
    assert.equal(story.done().at(-1), 'release_playout');
  });

  test('a text after a stop is not taken for what the user goes on interrupting', () => {
    const story = speaking().happens(voice('speech_started'), control('STOP'), text('Three.'));
    story.happens(began('parley-2'));
    assert.equal(story.now.state, 'BARGED_IN');
    story.done();
    story.happens(voice('speech_sustained'));
    assert.deepEqual(story.done(), []);
    story.happens(voice('speech_stopped'), voice('resume_due'));
    assert.equal(story.now.state, 'SPEAKING');
    story.happens(voice('speech_started'), voice('speech_sustained'));
    assert.ok(story.done().includes('end parley-2 interrupted'), 'another voice interrupts it');
  });

  test('speech does not wait for ever for a user who is never silent', () => {
    const story = new Story(voice('speech_started'), voice('speech_sustained'), text('One.'));
    story.happens(began('parley-1'));
    assert.ok(story.done().includes('await_turn'));
    story.happens(voice('turn_due'));
    assert.equal(story.now.state, 'SPEAKING');
    assert.equal(story.done().at(-1), 'release_playout');
    story.happens(voice('speech_stopped'));
    assert.deepEqual(story.done(), [], 'the end of what was taken for speech changes nothing');
    story.happens(voice('speech_started'));
    assert.equal(story.now.state, 'BARGED_IN', 'another voice still interrupts');
  });

  test('text that comes during a barge-in is spoken after it', () => {
    const story = speaking().happens(voice('speech_started'), text('Three.'));
    assert.deepEqual(
      story.now.utterances.map(({ id }) => id),
      ['parley-1', 'parley-2'],
    );
    story.happens(voice('speech_stopped'), voice('resume_due'));
    assert.equal(story.now.utterances.length, 2);
  });

  test('a barge-in between the last frame and utterance_end ends the utterance once, as completed', () => {
    const story = new Story(text('One.'), began('parley-1'), completed(), voice('speech_started'));
    story.done();
    story.happens(finished('parley-1'), voice('speech_sustained'));
    assert.deepEqual(story.done().slice(0, 3), [
      'end parley-1 completed',
      'stop_awaiting_resume',
      'release_playout',
    ]);
    assert.equal(story.now.state, 'LISTENING');
  });

  test('the utterance behind one that ends during a barge-in stays held', () => {
    const story = new Story(
      text('One.'),
      text('Two.'),
      began('parley-1'),
      completed(),
      voice('speech_started'),
    );
    story.happens(finished('parley-1'), began('parley-2'));
    assert.equal(story.now.state, 'BARGED_IN');
    story.happens(voice('speech_sustained'));
    assert.equal(story.now.state, 'LISTENING');
    assert.ok(story.done().includes('end parley-2 interrupted'));
  });

  test('the utterance behind one that ended during a barge-in begins once speech goes on', () => {
    const story = new Story(
      text('One.'),
      text('Two.'),
      began('parley-1'),
      completed(),
      voice('speech_started'),
    );
    story.happens(finished('parley-1'), voice('speech_stopped'), voice('resume_due'));
    assert.equal(story.now.state, 'SPEAKING');
    story.done();
    story.happens(began('parley-2'));
    assert.deepEqual(story.done(), ['start parley-2']);
  });

  test('an utterance that ends without a sound leaves nobody in a barge-in or speaking', () => {
    for (const before of [[], [voice('speech_stopped'), voice('resume_due')]]) {
      const story = new Story(
        text('One.'),
        text('Two.'),
        began('parley-1'),
        completed(),
        voice('speech_started'),
      );
      story.happens(finished('parley-1'), completed(), ...before, finished('parley-2'));
      assert.equal(story.now.state, 'LISTENING');
    }
  });

  test('a client that paused stays paused through a false alarm, and is heard again after an interruption', () => {
    const story = speaking().happens(control('PAUSE'), voice('speech_started'), voice('speech_stopped'));
    story.done();
    story.happens(voice('resume_due'));
    assert.ok(!story.done().includes('release_playout'));
    story.happens(voice('speech_started'), voice('speech_sustained'));
    assert.ok(story.done().includes('clear_playout'));
    assert.equal(story.now.paused, false);
  });

  for (const command of ['PAUSE', 'RESUME'] as const) {
    test(`${command} during a barge-in leaves playout held`, () => {
      const story = speaking().happens(voice('speech_started'));
      story.done();
      story.happens(control(command));
      assert.deepEqual(story.done(), []);
    });
  }

  test('STOP during a barge-in is a stop', () => {
    const story = speaking().happens(voice('speech_started'), control('STOP'));
    assert.equal(story.now.state, 'LISTENING');
    assert.ok(story.done().includes('end parley-1 stopped'));
  });

  /** A conversation that has said all there is of an open utterance. */
  function waiting(): Story {
    const story = new Story(text('One.', false), began('parley-1'), completed(), waits('parley-1'));
    story.done();
    return story;
  }

  test('an open utterance that has been heard as far as it goes speaks no more until it goes on', () => {
    const story = waiting();
    assert.equal(story.now.state, 'LISTENING');
    story.happens(text(' Two.', false));
    assert.equal(story.now.state, 'LISTENING', 'no audio moves yet');
    story.happens(goesOn('parley-1'));
    assert.equal(story.now.state, 'SPEAKING');
    story.done();
    story.happens(completed(), text(''), waits('parley-1'), finished('parley-1'));
    assert.deepEqual(story.done(), [
      'mark wait parley-1',
      'stop_awaiting_text',
      'mark end parley-1',
      'end parley-1 completed',
      'SPEAKING -> LISTENING',
      'state',
    ]);
  });

  test('speaks on where more text has come before all was heard', () => {
    const story = new Story(text('One.', false), began('parley-1'), completed(), text(' Two.', false));
    story.done();
    story.happens(waits('parley-1'), goesOn('parley-1'));
    assert.deepEqual(story.done(), []);
    assert.equal(story.now.state, 'SPEAKING');
  });

  test('speaks on at the first end where it waits again behind it', () => {
    const story = new Story(text('One.', false), began('parley-1'), completed(), text(' Two.', false));
    story.happens(completed());
    story.done();
    story.happens(waits('parley-1'), goesOn('parley-1'));
    assert.equal(story.now.state, 'SPEAKING');
    story.happens(waits('parley-1'));
    assert.equal(story.now.state, 'LISTENING');
    assert.deepEqual(story.done(), ['SPEAKING -> LISTENING', 'state']);
  });

  test('a voice that lasts while an utterance waits ends it, and a cough does not', () => {
    const story = waiting().happens(voice('speech_started'), voice('speech_stopped'));
    assert.deepEqual(story.done(), []);
    story.happens(voice('speech_sustained'));
    assert.deepEqual(story.done(), [], 'words that are understood late');
    story.happens(voice('speech_started'), voice('speech_sustained'));
    assert.ok(story.done().includes('end parley-1 interrupted'));
    assert.equal(story.now.generation, 1);
  });

  for (const [bargeIn, generation] of [
    ['immediate', 1],
    ['off', 0],
  ] as const) {
    test(`with barge-in ${bargeIn} a voice does to an utterance that waits what it does to one that is heard`, () => {
      const limits = { ...LIMITS, bargeIn };
      const { conversation } = step(waiting().now, voice('speech_started'), limits);
      assert.equal(step(conversation, voice('speech_sustained'), limits).conversation.generation, generation);
    });
  }

  test('an utterance that goes on while the user speaks waits until the user is silent', () => {
    const story = waiting().happens(voice('speech_started'), text(' Two.', false), goesOn('parley-1'));
    assert.equal(story.now.state, 'BARGED_IN');
    assert.ok(story.done().includes('await_turn'));
    story.happens(voice('speech_stopped'), voice('resume_due'));
    assert.equal(story.now.state, 'SPEAKING');
  });

  test('an utterance that comes to wait during a barge-in leaves nothing to hold', () => {
    const story = speaking().happens(control('STOP'), text('One.', false), began('parley-2'), completed(1));
    story.happens(voice('speech_started'));
    story.done();
    story.happens(waits('parley-2'));
    assert.deepEqual(story.done(), [
      'stop_awaiting_resume',
      'release_playout',
      'BARGED_IN -> LISTENING',
      'state',
    ]);
    story.happens(voice('speech_sustained'));
    assert.ok(story.done().includes('end parley-2 interrupted'));
  });

  test('an utterance that ends during a barge-in, with nothing to say behind it yet, leaves nothing to hold', () => {
    const story = new Story(text('One.'), text('Tw', false), began('parley-1'), completed());
    story.happens(voice('speech_started'), finished('parley-1'));
    assert.equal(story.now.state, 'LISTENING');
    assert.equal(story.done().filter((line) => line === 'release_playout').length, 1);
  });

  test('a drain while an utterance waits ends it', () => {
    const story = waiting().happens({ type: 'drain' }, finished('parley-1'));
    assert.deepEqual(story.done(), [
      'stop_awaiting_text',
      'mark end parley-1',
      'end parley-1 completed',
      'cancel_synthesis',
      'stop_awaiting_text',
      'stop_awaiting_resume',
      'LISTENING -> CLOSED',
      'state',
      'close server_shutdown',
    ]);
  });

  test('an interruption while the server drains ends the session', () => {
    const story = speaking().happens({ type: 'drain' }, voice('speech_started'), voice('speech_sustained'));
    assert.equal(story.done().at(-1), 'close server_shutdown');
  });

  test('keeps its invariants under any sequence of events', () => {
    const ids = fc.constantFrom('parley-1', 'parley-2', 'parley-3', 'parley-4', 'parley-9', 'a1', 'a2');
    const event: fc.Arbitrary<ConversationEvent> = fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .tuple(fc.constantFrom('Hi.', 'a', ' ', 'x. y. z', '...', ''), fc.boolean())
          .map(([content, isFinal]) => text(content, isFinal)),
      },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.constantFrom('Hi.', 'a', 'x. y. z'), fc.boolean(), fc.constantFrom('a1', 'a2'))
          .map(([content, isFinal, utteranceId]): ConversationEvent => ({
            type: 'text',
            text: content,
            isFinal,
            utteranceId,
            isAnswer: true,
          })),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom('PAUSE' as const, 'RESUME' as const, 'STOP' as const).map(control),
      },
      { weight: 6, arbitrary: fc.nat(3).map(completed) },
      { weight: 4, arbitrary: ids.map(began) },
      { weight: 4, arbitrary: ids.map(finished) },
      { weight: 3, arbitrary: ids.map(waits) },
      { weight: 3, arbitrary: ids.map(goesOn) },
      { weight: 1, arbitrary: fc.constant<ConversationEvent>({ type: 'text_idle' }) },
      {
        weight: 4,
        arbitrary: fc
          .constantFrom(
            'speech_started' as const,
            'speech_sustained' as const,
            'speech_stopped' as const,
            'resume_due' as const,
            'turn_due' as const,
          )
          .map(voice),
      },
      {
        weight: 1,
        arbitrary: fc.nat(3).map((generation): ConversationEvent => ({
          type: 'segment_done',
          generation,
          result: { kind: 'failed', message: 'x' },
        })),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom<ConversationEvent>(
          { type: 'drain' },
          { type: 'end', reason: 'completed' },
        ),
      },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let now: Conversation = step(NEW_CONVERSATION, { type: 'opened' }, LIMITS).conversation;
        const ended = new Set<string>();
        let synthesizing = 0;
        let held = false;
        let state: SessionState = now.state;
        for (const next of events) {
          const before = now;
          const { conversation, effects } = step(before, next, LIMITS);
          now = conversation;
          assert.ok(now.generation >= before.generation, 'generations only rise');
          const utterances = now.utterances.filter(({ isAnswer }) => !isAnswer);
          const answers = now.utterances.filter(({ isAnswer }) => isAnswer);
          const ofClient = utterances.flatMap(({ rest, segments }) => [...segments, rest]).join('');
          assert.ok(ofClient.length <= LIMITS.maxQueuedCharacters, 'text is bounded');
          assert.ok(utterances.length <= LIMITS.maxQueuedUtterances, 'utterances are bounded');
          assert.ok(
            utterances.slice(0, -1).every(({ open }) => !open),
            'only the last may be open',
          );
          assert.ok(answers.filter(({ open }) => open).length <= 1, 'one answer is written at a time');
          if (next.type === 'segment_done' && next.generation === before.generation) synthesizing = 0;
          for (const effect of effects) {
            if (effect.type === 'cancel_synthesis') synthesizing = 0;
            if (effect.type === 'state_changed') {
              assert.equal(effect.from, state);
              assert.ok(mayTransition(effect.from, effect.to));
              state = effect.to;
            }
            if (effect.type === 'hold_playout' || effect.type === 'release_playout') {
              assert.notEqual(held, effect.type === 'hold_playout', 'held once, released once');
              held = effect.type === 'hold_playout';
            }
            if (effect.type === 'clear_playout') held = false;
            if (effect.type === 'synthesize') {
              synthesizing += 1;
              assert.ok(synthesizing <= 1, 'one segment at a time');
              assert.notEqual(effect.text.trim(), '', 'a worker never gets blank text');
            }
            if (effect.type === 'tell_ended') {
              assert.ok(!ended.has(effect.utteranceId), 'an utterance ends once');
              ended.add(effect.utteranceId);
            }
          }
          assert.equal(now.state, state, 'every change of state is told');
          if (now.state === 'CLOSED') assert.deepEqual(now.utterances, []);
          else
            assert.equal(held, now.paused || now.state === 'BARGED_IN', 'held when it should be, never mute');
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('the table of transitions is the documented one', () => {
  const allowed = Object.entries(SESSION_TRANSITIONS).flatMap(([from, tos]) =>
    tos.map((to) => `${from}>${to}`),
  );
  assert.deepEqual(allowed.toSorted(), [
    'BARGED_IN>CLOSED',
    'BARGED_IN>LISTENING',
    'BARGED_IN>SPEAKING',
    'INITIALIZING>CLOSED',
    'INITIALIZING>LISTENING',
    'LISTENING>CLOSED',
    'LISTENING>SPEAKING',
    'SPEAKING>BARGED_IN',
    'SPEAKING>CLOSED',
    'SPEAKING>LISTENING',
  ]);
  const closed: SessionState = 'CLOSED';
  assert.equal(mayTransition(closed, 'LISTENING'), false);
});
