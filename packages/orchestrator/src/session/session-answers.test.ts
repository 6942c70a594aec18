import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { isUtteranceId, type ClientMessageV1 as ClientMessage } from '@parley/protocol';
import type { SegmentText } from './conversation.ts';
import type { EarsListener } from './ports/ears.ts';
import { ManualResponder } from './testing/manual-responder.ts';
import { SESSION_OPTIONS } from './testing/session-options.ts';
import { push, say, SessionStage, settled } from './testing/session-stage.ts';

const bySentence: SegmentText = ({ buffer, isFinal, flush }) => {
  const segments = buffer.match(/[^.]*\./g) ?? [];
  const rest = buffer.slice(segments.join('').length);
  return (isFinal || flush) && rest !== '' ? { segments: [...segments, rest], rest: '' } : { segments, rest };
};

describe('a session that is transcribed and answered', () => {
  let stage: SessionStage;

  let responder: ManualResponder;
  let listener: EarsListener;
  let receive: (message: ClientMessage) => void;

  beforeEach(() => {
    stage = new SessionStage();
    responder = new ManualResponder();
    stage.link.holdsBuffer = true;
    stage.manager = stage.makeManager({
      ...SESSION_OPTIONS,
      responderFor: () => responder,
      apology: 'Sorry.',
    });
    receive = stage.open();
    stage.sessionOf().receiveAudio(new Uint8Array(640));
    assert.ok(stage.ears);
    ({ listener } = stage.ears);
  });

  function userSays(text: string, turnId = 't1'): void {
    listener.onTranscript({ turnId, text, isFinal: true });
  }

  /** The answer is heard up to its `frames`th frame. */
  function hear(index: number, frames: number): void {
    push(stage.asked(index).sink, frames);
    stage.clock.advance(frames * 20);
  }

  test('tells transcripts, asks the responder and speaks its answer as it comes', async () => {
    listener.onTranscript({ turnId: 't1', text: 'hello', isFinal: false });
    userSays('hello there');
    assert.deepEqual(
      stage.link.messages.filter(({ type }) => type === 'transcript'),
      [
        { type: 'transcript', turn_id: 't1', text: 'hello', is_final: false },
        { type: 'transcript', turn_id: 't1', text: 'hello there', is_final: true },
      ],
    );
    assert.equal(responder.asked[0]?.transcript, 'hello there');
    await responder.say('Good ');
    await responder.say('day.');
    await responder.say(undefined);
    assert.equal(stage.asked(0).text, 'Good day.');
    hear(0, 10);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(100);
    assert.deepEqual(stage.sessionOf().history, [
      { role: 'user', text: 'hello there' },
      { role: 'assistant', text: 'Good day.' },
    ]);
  });

  test('an interruption ends the answer, and history holds only what was heard', async () => {
    userSays('count');
    await responder.say('One two three four.');
    await responder.say(undefined);
    push(stage.asked(0).sink, 20);
    stage.asked(0).sink.words([
      { textOffset: 0, length: 3, endMs: 60 },
      { textOffset: 4, length: 3, endMs: 100 },
      { textOffset: 8, length: 5, endMs: 300 },
    ]);
    stage.clock.advance(120);
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    stage.clock.advance(500);
    assert.deepEqual(stage.sessionOf().history.at(-1), { role: 'assistant', text: 'One two' });
    listener.onSpeechStopped(2000);
    userSays('stop that', 't2');
    assert.equal(responder.asked.length, 2);
    assert.equal(responder.asked[1]?.transcript, 'stop that');
  });

  test('a barge-in aborts an answer that is still being thought of', async () => {
    userSays('tell me');
    await responder.say('First sentence.');
    receive({ type: 'control', command: 'STOP' });
    assert.equal(responder.asked[0]?.signal.aborted, true);
    await responder.say('late words');
    assert.deepEqual(
      stage.speech.asked.map(({ text }) => text),
      [],
    );
  });

  test('a newer turn takes the place of an answer that nobody has heard yet', async () => {
    userSays('first question');
    await responder.say('An answer');
    userSays('second question', 't2');
    assert.equal(responder.asked[0]?.signal.aborted, true);
    assert.equal(responder.asked[1]?.transcript, 'second question');
  });

  test('what was heard of an answer is in the history before the question that takes its place', async () => {
    userSays('first question');
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    listener.onSpeechStopped(1600);
    await responder.say('One two three four.');
    await responder.say(undefined);
    push(stage.asked(0).sink, 20);
    stage.asked(0).sink.words([
      { textOffset: 0, length: 3, endMs: 20 },
      { textOffset: 4, length: 3, endMs: 60 },
      { textOffset: 8, length: 5, endMs: 900 },
    ]);
    stage.clock.advance(200);
    assert.equal(stage.sessionOf().state, 'SPEAKING');
    userSays('second question', 't2');
    assert.deepEqual(responder.asked[1]?.history, [
      { role: 'user', text: 'first question' },
      { role: 'assistant', text: 'One two' },
      { role: 'user', text: 'second question' },
    ]);
  });

  for (const noise of ['', '.', '[BLANK_AUDIO]', '(wind blowing)', '♪']) {
    test(`noise that ended a sentence and was heard as ${JSON.stringify(noise)}: the rest is said after all`, () => {
      receive(say('One two three four.'));
      push(stage.asked(0).sink, 20);
      stage.asked(0).sink.words([{ textOffset: 0, length: 3, endMs: 60 }]);
      stage.clock.advance(100);
      listener.onSpeechStarted(1000, 1150);
      listener.onSpeechSustained();
      listener.onSpeechStopped(1600);
      userSays(noise);
      assert.equal(stage.asked(1).text, 'two three four.');
      assert.equal(responder.asked.length, 0);
      assert.deepEqual(stage.sessionOf().history, [{ role: 'assistant', text: 'One' }]);
    });
  }

  test('two such noises in one turn do not silence it either', async () => {
    receive(say('One two three four.'));
    push(stage.asked(0).sink, 20);
    stage.asked(0).sink.words([{ textOffset: 0, length: 3, endMs: 60 }]);
    stage.clock.advance(100);
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    listener.onSpeechStopped(1600);
    listener.onSpeechStarted(1900, 2050);
    listener.onSpeechStopped(2200);
    userSays('');
    assert.equal(stage.asked(1).text, 'two three four.');
  });

  test('speech that starts before the first frame of an answer and ends after its last is answered in its place', async () => {
    userSays('first question');
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    await responder.say('A short answer.');
    await responder.say(undefined);
    push(stage.asked(0).sink, 5);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(1000);
    assert.equal(stage.sessionOf().state, 'BARGED_IN', 'it waits for the user');
    listener.onSpeechStopped(3000);
    userSays('second question', 't2');
    assert.equal(responder.asked[1]?.transcript, 'second question');
    await responder.say('Another answer.');
    await responder.say(undefined);
    assert.equal(stage.asked(1).text, 'Another answer.');
    push(stage.asked(1).sink, 5);
    stage.asked(1).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(1000);
    assert.equal(stage.sessionOf().state, 'LISTENING');
    assert.deepEqual(stage.sessionOf().history, [
      { role: 'user', text: 'first question second question' },
      { role: 'assistant', text: 'Another answer.' },
    ]);
  });

  test('a voice that never falls silent is spoken over, and what it says then is not answered', async () => {
    userSays('first question');
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    await responder.say('A short answer.');
    await responder.say(undefined);
    push(stage.asked(0).sink, 20);
    stage.clock.advance(100);
    assert.equal(stage.sessionOf().state, 'BARGED_IN');
    stage.clock.advance(14_800);
    assert.equal(stage.sessionOf().state, 'BARGED_IN');
    stage.clock.advance(200);
    assert.equal(stage.sessionOf().state, 'SPEAKING');
    userSays('the news at eight', 't2');
    assert.equal(responder.asked.length, 1);
    assert.equal(stage.asked(0).cancelled, false);
  });

  test('who goes on saying words is waited for longer, but not for ever', async () => {
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    receive(say('One two.'));
    push(stage.asked(0).sink, 20);
    let waitedMs = 0;
    for (; stage.sessionOf().state === 'BARGED_IN' && waitedMs < 100_000; waitedMs += 10_000) {
      listener.onTranscript({ turnId: 't1', text: `word ${waitedMs}`, isFinal: false });
      stage.clock.advance(10_000);
    }
    assert.equal(stage.sessionOf().state, 'SPEAKING');
    assert.equal(waitedMs, 60_000);
  });

  test('a text of the client is not dropped for speech that began before it', async () => {
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    receive(say('One two.'));
    listener.onSpeechStopped(2000);
    userSays('a question');
    assert.equal(stage.asked(0).cancelled, false);
  });

  test('a transcription that fails after a barge-in leaves nobody in silence either', async () => {
    receive(say('One two.'));
    push(stage.asked(0).sink, 20);
    stage.clock.advance(100);
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    listener.onTranscriptionFailed('the recognizer died');
    assert.ok(stage.link.lines.includes('error TRANSCRIPTION_FAILED'));
    assert.equal(stage.speech.asked.length, 2);
  });

  test('a "mm-hm" that stopped nothing is not answered', async () => {
    receive(say('One two three four.'));
    push(stage.asked(0).sink, 20);
    stage.clock.advance(40);
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechStopped(1300);
    stage.clock.advance(500);
    userSays('mm-hm');
    assert.equal(responder.asked.length, 0);
    assert.equal(stage.sessionOf().state, 'SPEAKING');
  });

  test('a "mm-hm" does not end an answer that is still being written', async () => {
    userSays('first question');
    await responder.say('One two three four. ');
    stage.clock.advance(1500);
    push(stage.asked(0).sink, 20);
    stage.clock.advance(100);
    assert.equal(stage.sessionOf().state, 'SPEAKING');
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechStopped(1300);
    userSays('mm-hm', 't2');
    assert.equal(stage.sessionOf().state, 'BARGED_IN', 'not known yet');
    stage.clock.advance(500);
    userSays('mm-hm', 't3');
    assert.equal(stage.sessionOf().state, 'SPEAKING');
    assert.equal(responder.asked.length, 1);
    assert.equal(stage.asked(0).cancelled, false);
    await responder.say('Five.');
    await responder.say(undefined);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    assert.equal(stage.asked(1).text, 'Five.');
  });

  test('a "mm-hm" does not end an answer that has fallen silent while it is being written, and a question does', async () => {
    userSays('first question');
    await responder.say('One two three four. ');
    stage.clock.advance(1500);
    hear(0, 5);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(200);
    assert.equal(stage.sessionOf().state, 'LISTENING');
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechStopped(1300);
    userSays('mm-hm', 't2');
    assert.equal(responder.asked.length, 1);
    assert.equal(responder.asked[0]?.signal.aborted, false);
    listener.onSpeechStarted(2000, 2150);
    listener.onSpeechSustained();
    assert.equal(responder.asked[0].signal.aborted, true);
    listener.onSpeechStopped(3000);
    userSays('second question', 't3');
    assert.equal(responder.asked[1]?.transcript, 'second question');
  });

  test('a short question is answered though the client has never finished what it had said before', async () => {
    receive(say('One two', false));
    stage.clock.advance(1500);
    hear(0, 5);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(200);
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechStopped(1300);
    userSays('what');
    assert.equal(responder.asked[0]?.transcript, 'what');
    await responder.say('Three.');
    await responder.say(undefined);
    assert.equal(stage.asked(1).text, 'Three.');
    assert.deepEqual(
      stage.told('utterance_end').map(({ reason }) => reason),
      ['completed'],
    );
  });

  test('a short question that began before an answer was heard takes its place', async () => {
    userSays('first question');
    listener.onSpeechStarted(1000, 1150);
    await responder.say('One two three four.');
    await responder.say(undefined);
    push(stage.asked(0).sink, 20);
    stage.clock.advance(100);
    listener.onSpeechStopped(1300);
    assert.equal(stage.sessionOf().state, 'BARGED_IN');
    userSays('and now', 't2');
    assert.equal(responder.asked[1]?.transcript, 'and now');
    assert.equal(stage.asked(0).cancelled, true);
  });

  test('enough words are an interruption before the time is up', () => {
    receive({ type: 'session_update', vad: { min_interruption_words: 2 } });
    receive(say('One two three four.'));
    push(stage.asked(0).sink, 20);
    stage.clock.advance(40);
    listener.onSpeechStarted(1000, 1150);
    listener.onTranscript({ turnId: 't1', text: 'wait (dog barking)', isFinal: false });
    assert.equal(stage.sessionOf().state, 'BARGED_IN');
    listener.onTranscript({ turnId: 't1', text: 'wait please', isFinal: false });
    assert.equal(stage.sessionOf().state, 'LISTENING');
  });

  /** A noise that is taken for an interruption until its transcript comes. */
  function noise(): void {
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    listener.onSpeechStopped(1600);
    userSays('', 't2');
  }

  test('noise that ended an answer while it was written: it goes on to the end of a sentence', async () => {
    userSays('a question');
    await responder.say('One two three. Then fo');
    stage.clock.advance(1500);
    push(stage.asked(0).sink, 20);
    stage.asked(0).sink.words([{ textOffset: 0, length: 3, endMs: 60 }]);
    stage.clock.advance(100);
    noise();
    assert.equal(responder.asked[0]?.signal.aborted, true);
    assert.equal(stage.asked(1).text, 'two three.');
    assert.equal(responder.asked.length, 1);
  });

  test('noise that ended an answer before a sentence was written: it is asked for once more', async () => {
    userSays('a question');
    await responder.say('One two thr');
    stage.clock.advance(1500);
    push(stage.asked(0).sink, 20);
    stage.asked(0).sink.words([{ textOffset: 0, length: 3, endMs: 60 }]);
    stage.clock.advance(100);
    noise();
    assert.equal(responder.asked[1]?.transcript, 'a question');
    assert.deepEqual(responder.asked[1].history, [
      { role: 'user', text: 'a question' },
      { role: 'assistant', text: 'One' },
      { role: 'user', text: 'a question' },
    ]);
    await responder.say('One two three.');
    await responder.say(undefined);
    assert.equal(stage.asked(1).text, 'One two three.');
  });

  test('noise that ended text of the client does not cost the answer that was being thought of', async () => {
    receive(say('One two three four.'));
    userSays('a question');
    push(stage.asked(0).sink, 20);
    stage.asked(0).sink.words([{ textOffset: 0, length: 19, endMs: 60 }]);
    stage.clock.advance(100);
    noise();
    assert.equal(responder.asked[1]?.transcript, 'a question');
    assert.deepEqual(responder.asked[1].history.at(-1), { role: 'user', text: 'a question' });
  });

  test('STOP ends an answer that is still being thought of, and noise does not bring it back', async () => {
    userSays('a question');
    receive({ type: 'control', command: 'STOP' });
    assert.equal(responder.asked[0]?.signal.aborted, true);
    noise();
    assert.equal(responder.asked.length, 1);
    assert.equal(stage.speech.asked.length, 0);
  });

  test('a drain ends the answer that is being written with the sentence that is spoken', async () => {
    stage.manager = stage.makeManager({
      ...SESSION_OPTIONS,
      limitsFor: (settings) => ({ ...SESSION_OPTIONS.limitsFor(settings), segment: bySentence }),
      responderFor: () => responder,
    });
    stage.open();
    stage.sessionOf().receiveAudio(new Uint8Array(640));
    stage.ears?.listener.onTranscript({ turnId: 't1', text: 'a question', isFinal: true });
    await responder.say('One two three. Then fo');
    push(stage.asked(0).sink, 10);
    stage.clock.advance(40);
    const drained = stage.manager.drain(10_000);
    assert.equal(responder.asked[0]?.signal.aborted, true);
    await responder.say('ur. And so on.');
    stage.ears?.listener.onTranscript({ turnId: 't2', text: 'and what else', isFinal: true });
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    assert.deepEqual(
      stage.speech.asked.map(({ text }) => text),
      ['One two three.'],
    );
    stage.clock.advance(500);
    await drained;
    assert.equal(responder.asked.length, 1);
    assert.deepEqual(stage.told('error'), []);
    assert.deepEqual(stage.link.lines.slice(-2), ['utterance_end', 'session_end server_shutdown']);
  });

  test('a question that comes during a drain is asked of nobody', async () => {
    userSays('a question');
    await responder.say('Answer.');
    await responder.say(undefined);
    push(stage.asked(0).sink, 20);
    stage.clock.advance(40);
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechSustained();
    listener.onSpeechStopped(2000);
    receive(say('Text.'));
    push(stage.asked(1).sink, 20);
    stage.clock.advance(40);
    const drained = stage.manager.drain(10_000);
    userSays('stop', 't2');
    stage.sessionOf().end('completed');
    await drained;
    assert.equal(responder.asked.length, 1);
  });

  test('enough words interrupt also when they were understood only after speech went on', async () => {
    receive({ type: 'session_update', vad: { min_interruption_words: 1 } });
    userSays('first question');
    await responder.say('One two three four.');
    await responder.say(undefined);
    push(stage.asked(0).sink, 20);
    stage.clock.advance(40);
    listener.onSpeechStarted(1000, 1150);
    listener.onSpeechStopped(1300);
    stage.clock.advance(500);
    assert.equal(stage.sessionOf().state, 'SPEAKING');
    userSays('stop', 't2');
    assert.equal(responder.asked[1]?.transcript, 'stop');
    assert.equal(stage.asked(0).cancelled, true);
  });

  for (const [what, name] of [
    ['without a name', {}],
    ['with one', { utterance_id: 'mine' }],
  ] as const) {
    test(`text of the client ${what} waits for the answer that is being written, and both are whole`, async () => {
      userSays('a question');
      await responder.say('The first half ');
      receive({ type: 'text', text: 'Mine ', is_final: false, ...name });
      await responder.say('and the second.');
      receive({ type: 'text', text: 'too.', is_final: true, ...name });
      await responder.say(undefined);
      stage.asked(0).finish({ kind: 'completed' });
      await settled();
      assert.equal(responder.asked[0]?.signal.aborted, true, 'it is over');
      assert.deepEqual(
        stage.speech.asked.map(({ text }) => text),
        ['The first half and the second.', 'Mine too.'],
      );
    });
  }

  test('an answer completes what the client was still writing, so as not to wait for it', async () => {
    receive({ type: 'text', text: 'Mine', is_final: false });
    userSays('a question');
    await responder.say('Answer.');
    await responder.say(undefined);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    assert.deepEqual(
      stage.speech.asked.map(({ text }) => text),
      ['Mine', 'Answer.'],
    );
  });

  test('what waits of answer and text is spoken when no more of either comes', async () => {
    userSays('a question');
    await responder.say('Answer');
    receive({ type: 'text', text: 'Mine', is_final: false });
    stage.clock.advance(1500);
    assert.equal(stage.asked(0).text, 'Answer');
    await responder.say(undefined);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    assert.equal(stage.asked(1).text, 'Mine');
  });

  test('names answers as no client can name an utterance', async () => {
    receive({ type: 'text', text: 'Mine.', is_final: true, utterance_id: 'answer-1' });
    push(stage.asked(0).sink, 5);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(500);
    userSays('a question');
    await responder.say('Answer.');
    await responder.say(undefined);
    push(stage.asked(1).sink, 5);
    const [, answer] = stage.told('utterance_start').map(({ utterance_id: id }) => id);
    assert.ok(answer !== undefined);
    assert.equal(isUtteranceId(answer), false);
  });

  test('keeps the language that was heard in what is known of the client', () => {
    listener.onTranscript({ turnId: 't1', text: 'hallo', isFinal: false, language: 'nl' });
    assert.deepEqual(stage.sessionOf().metadata, {});
    listener.onTranscript({ turnId: 't1', text: 'hallo', isFinal: true, language: 'de' });
    assert.deepEqual(stage.sessionOf().metadata, { language: 'de' });
    assert.deepEqual(
      stage.told('transcript').map((told) => told.type === 'transcript' && told.language),
      ['nl', 'de'],
    );
  });

  test('is listed with the language it was set to, until another one is heard', () => {
    const language = (): string => stage.sessionOf().language;
    assert.equal(language(), 'en');
    receive({ type: 'session_update', language: 'fr' });
    assert.equal(language(), 'fr');
    listener.onTranscript({ turnId: 't1', text: 'hallo', isFinal: true, language: 'de' });
    assert.equal(language(), 'de');
    receive({ type: 'session_update', responder: { mode: 'none' } });
    assert.equal(language(), 'de');
    receive({ type: 'session_update', language: 'nl' });
    assert.equal(language(), 'nl');
  });

  test('a transcript that comes after the session has closed changes nothing', () => {
    receive({ type: 'end_session' });
    userSays('too late');
    assert.equal(responder.asked.length, 0);
    assert.equal(stage.link.lines.at(-1), 'session_end completed');
  });
});
