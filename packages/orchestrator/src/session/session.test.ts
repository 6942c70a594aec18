import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ManualResponder } from './testing/manual-responder.ts';
import { SESSION_OPTIONS } from './testing/session-options.ts';
import { push, say, SessionStage, settled } from './testing/session-stage.ts';

describe('a session', () => {
  let stage: SessionStage;

  beforeEach(() => {
    stage = new SessionStage();
  });

  test('speaks a text from worker to client and measures the first audio', async () => {
    const receive = stage.open();
    receive(say('Hello.'));
    stage.clock.advance(40);
    push(stage.asked(0).sink, 10);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(200);
    assert.equal(stage.link.frames, 10);
    assert.deepEqual(stage.link.lines, ['session_start', 'utterance_start', 'utterance_end']);
    assert.ok(stage.counted.includes('first audio 40'));
  });

  test('measures the first audio from the first text of an utterance that has a word', () => {
    const receive = stage.open();
    receive(say('  ', false));
    stage.clock.advance(10_000);
    receive(say('Hello.'));
    stage.clock.advance(40);
    push(stage.asked(0).sink, 10);
    receive(say('Behind it.'));
    stage.clock.advance(100);
    assert.deepEqual(
      stage.counted.filter((line) => line.startsWith('first audio')),
      ['first audio 40'],
    );
  });

  test('does not measure the first audio of an answer from a text that was refused', async () => {
    const responder = new ManualResponder();
    stage.manager = stage.makeManager({ ...SESSION_OPTIONS, responderFor: () => responder });
    const receive = stage.open();
    stage.sessionOf().receiveAudio(new Uint8Array(640));
    receive(say('x'.repeat(1001)));
    stage.ears?.listener.onTranscript({ turnId: 't1', text: 'hello', isFinal: true });
    await responder.say('Hello.');
    await responder.say(undefined);
    push(stage.asked(0).sink, 10);
    assert.equal(stage.sessionOf().state, 'SPEAKING');
    assert.ok(stage.counted.every((line) => !line.startsWith('first audio')));
  });

  test('asks with the voice of the client, and with the defaults where it names none', () => {
    stage.open({ voice: 'f2', language: 'de' })(say('Hallo.'));
    assert.deepEqual(stage.asked(0).voice, { language: 'de', voice: 'f2' });
  });

  test('tells a worker what is said right before, in the same utterance or another one', async () => {
    const receive = stage.open();
    receive(say('Hello there.', false));
    stage.clock.advance(SESSION_OPTIONS.textFlushMs);
    receive(say(' How are you?'));
    receive(say('Next.'));
    for (const [index, previousText] of ['', 'Hello there.', 'How are you?'].entries()) {
      assert.equal(stage.asked(index).previousText, previousText);
      push(stage.asked(index).sink, 8);
      stage.asked(index).finish({ kind: 'completed' });
      await settled();
      stage.clock.advance(100);
    }
    assert.equal(stage.asked(2).text, 'Next.');
  });

  test('tells a worker nothing of what was said before a silence, or was cut off', async () => {
    const receive = stage.open();
    receive(say('Hello there.', false));
    stage.clock.advance(SESSION_OPTIONS.textFlushMs);
    push(stage.asked(0).sink, 20);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(1000);
    receive(say(' The rest comes late.'));
    assert.equal(stage.asked(1).previousText, '');
    push(stage.asked(1).sink, 20);
    receive({ type: 'control', command: 'STOP' });
    receive(say('Something else.'));
    assert.equal(stage.asked(2).previousText, '');
  });

  test('wakes a worker that waits for room', () => {
    stage.open()(say('Hello.'));
    while (stage.asked(0).sink.room > 0) push(stage.asked(0).sink, 1);
    assert.equal(stage.asked(0).resumed, 0);
    stage.clock.advance(400);
    assert.equal(stage.asked(0).resumed, 1);
  });

  test('STOP cancels the worker and lets no frame through afterwards', async () => {
    const receive = stage.open();
    receive(say('Hello.'));
    push(stage.asked(0).sink, 20);
    const { frames } = stage.link;
    receive({ type: 'control', command: 'STOP' });
    assert.equal(stage.asked(0).cancelled, true);
    await settled();
    stage.clock.advance(1000);
    assert.equal(stage.link.frames, frames);
    receive(say('Again.'));
    push(stage.asked(1).sink, 1);
    assert.equal(stage.link.frames, frames + 1);
  });

  test('that ends under what is said, and what waits to be said, tells how both ended', async () => {
    const receive = stage.open();
    receive(say('Hello.'));
    receive(say('Next.'));
    push(stage.asked(0).sink, 20);
    stage.clock.advance(100);
    receive({ type: 'end_session' });
    await settled();
    assert.deepEqual(
      stage.told('utterance_end').map(({ utterance_id: id, reason }) => [id, reason]),
      [
        ['parley-1', 'stopped'],
        ['parley-2', 'stopped'],
      ],
    );
    assert.equal(stage.link.lines.at(-1), 'session_end completed');
  });

  test('knows what was heard at a STOP, drained or not, though the client holds more of it', () => {
    const heard = [false, true].map((isDraining) => {
      stage = new SessionStage();
      stage.link.holdsBuffer = true;
      const receive = stage.open();
      receive(say('Hello.'));
      push(stage.asked(0).sink, 20);
      stage.clock.advance(100);
      if (isDraining) stage.sessionOf().drain();
      receive({ type: 'control', command: 'STOP' });
      stage.clock.advance(1000);
      return stage.told('utterance_end').map(({ reason, heard_ms: heardMs }) => [reason, heardMs]);
    });
    assert.deepEqual(heard[0], [['stopped', 100]]);
    assert.deepEqual(heard[1], heard[0]);
  });

  test('PAUSE stops the very next frame and RESUME goes on with it', () => {
    const receive = stage.open();
    receive(say('Hello.'));
    push(stage.asked(0).sink, 20);
    receive({ type: 'control', command: 'PAUSE' });
    const { frames } = stage.link;
    stage.clock.advance(10_000);
    assert.equal(stage.link.frames, frames);
    receive({ type: 'control', command: 'RESUME' });
    assert.equal(stage.link.frames, frames + 3, 'the client has run dry: it gets its lead again');
    stage.clock.advance(1000);
    assert.equal(stage.link.frames, 20);
  });

  test('speaks unfinished text when no more comes for the flush time', () => {
    const receive = stage.open();
    receive(say('Hello', false));
    stage.clock.advance(1000);
    receive(say(' there', false));
    stage.clock.advance(1499);
    assert.equal(stage.speech.asked.length, 0);
    stage.clock.advance(1);
    assert.equal(stage.asked(0).text, 'Hello there');
  });

  test('ends an idle client and really closes the connection', async () => {
    const receive = stage.open();
    stage.clock.advance(200_000);
    receive({ type: 'control', command: 'RESUME' });
    stage.clock.advance(299_000);
    assert.equal(stage.link.closedWith, undefined);
    stage.clock.advance(1000);
    assert.deepEqual(stage.link.lines.at(-1), 'session_end idle_timeout');
    assert.equal(stage.link.closedWith, '1000 idle_timeout');
    assert.equal(stage.speech.closed, 1);
    assert.equal(stage.manager.size, 0);
    assert.equal(stage.clock.pending, 0, 'no timer is left');
  });

  for (const [what, act] of [
    ['microphone audio in which nobody speaks', () => stage.sessionOf().receiveAudio(new Uint8Array(640))],
    ['what the client sends by itself', () => stage.attend({ type: 'ping', t: 1 })],
    ['reports of what was played', () => stage.attend({ type: 'played', generation: 0, samples: 0 })],
  ] as const) {
    test(`${what} keeps no session that nobody attends to`, () => {
      stage.open();
      for (let seconds = 0; seconds < 299; seconds += 1) {
        act();
        stage.clock.advance(1000);
      }
      assert.equal(stage.link.closedWith, undefined);
      act();
      stage.clock.advance(1000);
      assert.equal(stage.link.closedWith, '1000 idle_timeout');
    });
  }

  test('a voice keeps a session, from when it is heard to the time after it has fallen silent', () => {
    stage.manager = stage.makeManager({ ...SESSION_OPTIONS, idleTimeoutMs: 10_000 });
    stage.open();
    stage.sessionOf().receiveAudio(new Uint8Array(640));
    stage.clock.advance(9000);
    stage.ears?.listener.onSpeechStarted(9000, 9150);
    stage.clock.advance(30_000);
    assert.equal(stage.link.closedWith, undefined);
    stage.ears?.listener.onSpeechStopped(39_000);
    stage.clock.advance(9999);
    assert.equal(stage.link.closedWith, undefined);
    stage.clock.advance(1);
    assert.equal(stage.link.closedWith, '1000 idle_timeout');
  });

  test('is not idle while it speaks, and is while it is paused and forgotten', () => {
    stage.manager = stage.makeManager({ ...SESSION_OPTIONS, idleTimeoutMs: 1000 });
    const receive = stage.open();
    receive(say('Hello.'));
    for (let second = 0; second < 5; second += 1) {
      while (stage.asked(0).sink.room > 0) push(stage.asked(0).sink, 1);
      stage.clock.advance(300);
    }
    assert.equal(stage.link.closedWith, undefined);
    receive({ type: 'control', command: 'PAUSE' });
    stage.clock.advance(2000);
    assert.equal(stage.link.closedWith, '1000 idle_timeout');
  });

  test('is idle while an utterance that nobody finishes waits for more text, and hears as one that is silent', async () => {
    const receive = stage.open();
    stage.sessionOf().receiveAudio(new Uint8Array(640));
    receive(say('Hello', false));
    stage.clock.advance(SESSION_OPTIONS.textFlushMs);
    push(stage.asked(0).sink, 10);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    assert.equal(stage.ears?.systemSpeaks, true);
    stage.clock.advance(200);
    assert.equal(stage.sessionOf().state, 'LISTENING');
    assert.equal(stage.ears.systemSpeaks, false);
    assert.deepEqual(stage.told('utterance_end'), []);
    receive(say(' there', false));
    stage.clock.advance(SESSION_OPTIONS.textFlushMs);
    push(stage.asked(1).sink, 10);
    assert.equal(stage.sessionOf().state, 'SPEAKING');
    assert.equal(stage.told('utterance_start').length, 1);
    stage.asked(1).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(2 * SESSION_OPTIONS.idleTimeoutMs);
    assert.equal(stage.link.closedWith, '1000 idle_timeout');
    assert.ok(!stage.counted.includes('refused'));
  });

  test('tells how much of an utterance was heard over the time it waited in the middle', async () => {
    const receive = stage.open();
    receive(say('One two', false));
    stage.clock.advance(SESSION_OPTIONS.textFlushMs);
    push(stage.asked(0).sink, 10);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(10_000);
    receive(say(' three four.'));
    push(stage.asked(1).sink, 10);
    stage.asked(1).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(1000);
    const [end] = stage.told('utterance_end');
    assert.ok(end !== undefined);
    assert.deepEqual([end.reason, end.heard_ms, end.heard_text], ['completed', 400, 'One two three four.']);
    assert.equal(stage.sessionOf().state, 'LISTENING');
  });

  test('ends at its longest duration though it is busy', () => {
    const receive = stage.open();
    for (let minute = 0; minute < 60; minute += 1) {
      receive({ type: 'control', command: 'RESUME' });
      stage.clock.advance(60_000);
    }
    assert.equal(stage.link.closedWith, '1000 max_duration');
  });

  test('ends with SESSION_LIMIT after the most messages', () => {
    stage.manager = stage.makeManager({ ...SESSION_OPTIONS, maxMessages: 2 });
    const receive = stage.open();
    for (let sent = 0; sent < 4; sent += 1) receive({ type: 'control', command: 'RESUME' });
    assert.deepEqual(stage.link.lines.slice(1), ['error SESSION_LIMIT', 'session_end error']);
    assert.equal(stage.link.closedWith, '1013 SESSION_LIMIT');
  });

  test('gives a client up that does not read', () => {
    stage.open()(say('Hello.'));
    stage.link.unsentBytes = 5000;
    push(stage.asked(0).sink, 5);
    stage.clock.advance(6000);
    assert.equal(stage.link.closedWith, '1013 SLOW_CONSUMER');
    assert.equal(stage.asked(0).cancelled, true);
  });

  test('says once that nobody listens to microphone audio', () => {
    stage.manager = stage.makeManager(SESSION_OPTIONS, { deaf: true });
    const receive = stage.open();
    receive({ type: 'audio_in', pcm: '' });
    receive({ type: 'audio_in', pcm: '' });
    assert.deepEqual(stage.link.lines, ['session_start', 'error UNSUPPORTED']);
  });

  test('resolves changed settings and tells them in full', () => {
    const receive = stage.open();
    receive({ type: 'session_update', language: 'de', output: { encoding: 'mulaw' } });
    const updated = stage.link.messages.at(-1);
    assert.ok(updated?.type === 'session_updated');
    assert.equal(updated.settings.language, 'de');
    assert.deepEqual(updated.settings.output, { encoding: 'mulaw', sample_rate: 8000, container: 'binary' });
    assert.equal(stage.link.configured.at(-1), updated.settings);
    receive(say('Hallo.'));
    assert.equal(stage.asked(0).voice.language, 'de');
  });

  test('refuses settings that cannot be had and keeps those it has', () => {
    stage.manager = stage.makeManager({
      ...SESSION_OPTIONS,
      refuse: ({ vad }) => (vad.engine === 'silero' ? 'not here' : undefined),
    });
    const receive = stage.open();
    receive({ type: 'session_update', vad: { engine: 'silero' }, language: 'fr' });
    assert.deepEqual(stage.link.lines.slice(1), ['error INVALID_MESSAGE']);
    assert.equal([...stage.manager.sessions][0]?.settings.language, 'en');
  });

  test('answers pings and ends when the client says so', () => {
    const receive = stage.open();
    receive({ type: 'ping', t: 42 });
    assert.deepEqual(stage.link.messages.at(-1), { type: 'pong', t: 42 });
    receive({ type: 'end_session' });
    assert.equal(stage.link.closedWith, '1000 completed');
  });

  test('ignores chunks of a named utterance that has ended', () => {
    const receive = stage.open();
    receive({ type: 'text', text: 'Hel', is_final: false, utterance_id: 'mine' });
    receive({ type: 'control', command: 'STOP' });
    receive({ type: 'text', text: 'lo.', is_final: true, utterance_id: 'mine' });
    assert.equal(stage.speech.asked.length, 0);
    receive({ type: 'text', text: 'New.', is_final: true, utterance_id: 'other' });
    assert.equal(stage.asked(0).text, 'New.');
  });

  test('a client that goes away in the middle frees everything and is told nothing', async () => {
    const receive = stage.open();
    receive(say('Hello.'));
    push(stage.asked(0).sink, 20);
    for (const session of stage.manager.sessions) session.end('client_disconnect');
    assert.equal(stage.asked(0).cancelled, true);
    assert.equal(stage.speech.closed, 1);
    assert.equal(stage.link.closedWith, undefined);
    assert.deepEqual(stage.counted.slice(-1), ['closed client_disconnect']);
    stage.clock.advance(4);
    assert.equal(stage.clock.pending, 0, 'no timer is left');
    receive(say('Still there?'));
    assert.equal(stage.speech.asked.length, 1);
  });

  test('a drain lets the sentence finish, then closes with a hint when to come back', async () => {
    const receive = stage.open();
    receive(say('Hello.'));
    push(stage.asked(0).sink, 10);
    const drained = stage.manager.drain(10_000);
    assert.equal(stage.link.closedWith, undefined);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(250);
    await drained;
    assert.equal(stage.link.frames, 10);
    assert.deepEqual(stage.link.lines.slice(-2), ['utterance_end', 'session_end server_shutdown']);
    assert.equal(stage.link.closedWith, '1012 server_shutdown; retry_after_ms=2500');
    assert.deepEqual(stage.manager.open({ link: stage.link, metadata: {} }), { kind: 'draining' });
  });

  test('a drain does not wait longer than it may for a session that hangs', async () => {
    stage.open()(say('Hello.'));
    const drained = stage.manager.drain(10_000);
    stage.clock.advance(10_000);
    await drained;
    assert.equal(stage.link.lines.at(-1), 'session_end server_shutdown');
  });
});
