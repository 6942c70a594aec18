import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { ClientMessageV1 as ClientMessage } from '@parley/protocol';
import type { EarsListener } from './ports/ears.ts';
import { push, say, SessionStage } from './testing/session-stage.ts';

describe('a session with a microphone', () => {
  let stage: SessionStage;

  beforeEach(() => {
    stage = new SessionStage();
  });

  /** A session that is speaking, and the ears that listen to its user. */
  function speaking(): { receive: (message: ClientMessage) => void; listener: EarsListener } {
    stage.link.holdsBuffer = true;
    const receive = stage.open();
    const result = [...stage.manager.sessions][0];
    result?.receiveAudio(new Uint8Array(640));
    assert.ok(stage.ears);
    receive(say('One two three four.'));
    push(stage.asked(0).sink, 20);
    stage.clock.advance(100);
    return { receive, listener: stage.ears.listener };
  }

  test('no frame leaves after the user has begun to speak, and the client is told to hold', () => {
    const { listener } = speaking();
    const { frames } = stage.link;
    listener.onSpeechStarted(2000, 2150);
    stage.clock.advance(5000);
    assert.equal(stage.link.frames, frames);
    assert.deepEqual(stage.told('pause'), [{ type: 'pause', generation: 0 }]);
    assert.deepEqual(stage.told('speech_started'), [
      { type: 'speech_started', at_ms: 2000, decided_at_ms: 2150 },
    ]);
  });

  test('a barge-in is counted when it is held and when it is known what it was', () => {
    const { listener } = speaking();
    stage.counted.length = 0;
    listener.onSpeechStarted(2000, 2150);
    assert.deepEqual(stage.counted, ['held', 'held after 150']);
    listener.onSpeechStopped(2200);
    stage.clock.advance(500);
    listener.onSpeechStarted(3000, 3180);
    listener.onSpeechSustained();
    listener.onSpeechStopped(4000);
    // Nobody speaks now, so that nothing is held.
    listener.onSpeechStarted(5000, 5200);
    assert.deepEqual(stage.counted.slice(2), ['false_alarm', 'held', 'held after 180', 'confirmed']);
  });

  test('a cough resumes from the exact sample after the silence', () => {
    const { listener } = speaking();
    const { frames } = stage.link;
    listener.onSpeechStarted(2000, 2150);
    stage.clock.advance(200);
    listener.onSpeechStopped(2150);
    stage.clock.advance(499);
    assert.equal(stage.told('resume').length, 0);
    stage.clock.advance(1);
    assert.equal(stage.told('resume').length, 1);
    stage.clock.advance(1000);
    assert.equal(stage.link.frames, 20, 'every frame once');
    assert.ok(frames < 20);
    assert.equal(stage.asked(0).cancelled, false);
  });

  test('a client is told in the order in which it can be understood, and of a clear only once', () => {
    const { listener, receive } = speaking();
    const order = (): string[] => {
      const types = stage.link.messages.map((message) =>
        message.type === 'state' ? message.state : message.type,
      );
      stage.link.messages.length = 0;
      return types;
    };
    order();
    listener.onSpeechStarted(2000, 2150);
    assert.deepEqual(order(), ['speech_started', 'BARGED_IN', 'pause']);
    listener.onSpeechSustained();
    assert.deepEqual(order(), ['clear', 'LISTENING']);
    receive({ type: 'cleared', generation: 0, samples: 0 });
    assert.deepEqual(order(), ['utterance_end']);
    listener.onSpeechStopped(3000);
    receive(say('Next.'));
    push(stage.asked(1).sink, 20);
    order();
    receive({ type: 'control', command: 'PAUSE' });
    receive({ type: 'control', command: 'STOP' });
    assert.deepEqual(order(), ['pause', 'clear', 'LISTENING']);
    receive({ type: 'cleared', generation: 1, samples: 0 });
    assert.deepEqual(order(), ['utterance_end']);
    receive(say('Again.'));
    const { frames } = stage.link;
    push(stage.asked(2).sink, 1);
    assert.equal(stage.link.frames, frames + 1, 'nothing is held');
  });

  test('a client that has played nothing is believed, and one that never answers is waited for once', () => {
    const { receive } = speaking();
    receive({ type: 'control', command: 'STOP' });
    receive({ type: 'cleared', generation: 0, samples: 0 });
    assert.equal(stage.told('utterance_end').at(-1)?.heard_ms, 0);
    for (const [turn, waits] of [
      [1, true],
      [2, false],
    ] as const) {
      receive(say('Next.'));
      push(stage.asked(turn).sink, 5);
      const ended = stage.told('utterance_end').length;
      receive({ type: 'control', command: 'STOP' });
      assert.equal(stage.told('utterance_end').length, waits ? ended : ended + 1);
      stage.clock.advance(500);
      assert.equal(stage.told('utterance_end').length, ended + 1);
    }
  });

  test('an interruption cancels the worker, clears the client and says what was heard', () => {
    const { listener, receive } = speaking();
    stage.asked(0).sink.words([
      { textOffset: 0, length: 3, endMs: 50 },
      { textOffset: 4, length: 3, endMs: 90 },
      { textOffset: 8, length: 5, endMs: 140 },
    ]);
    listener.onSpeechStarted(2000, 2150);
    stage.clock.advance(500);
    listener.onSpeechSustained();
    assert.equal(stage.asked(0).cancelled, true);
    assert.deepEqual(stage.told('clear'), [{ type: 'clear', generation: 0 }]);
    assert.deepEqual(stage.told('utterance_end'), [], 'the client is asked how far it was');
    stage.clock.advance(500);
    assert.deepEqual(stage.told('utterance_end'), [
      {
        type: 'utterance_end',
        utterance_id: 'parley-1',
        reason: 'interrupted',
        heard_ms: 100,
        heard_text: 'One two',
      },
    ]);
    listener.onSpeechStopped(3000);
    receive(say('Next.'));
    push(stage.asked(1).sink, 1);
    assert.equal(stage.told('utterance_start').at(-1)?.generation, 1);
  });

  describe('a client that says what it has played', () => {
    /** Two words in 100 ms of which 45 were played, and then the user's voice. */
    function interrupted(): ReturnType<typeof speaking> {
      const { listener, receive } = speaking();
      stage.asked(0).sink.words([
        { textOffset: 0, length: 3, endMs: 50 },
        { textOffset: 4, length: 3, endMs: 60 },
      ]);
      receive({ type: 'played', generation: 0, samples: 40 * 48 });
      listener.onSpeechStarted(2000, 2150);
      receive({ type: 'played', generation: 0, samples: 45 * 48 });
      receive({ type: 'played', generation: 0, samples: 10 });
      receive({ type: 'played', generation: 99, samples: 1e9 });
      listener.onSpeechSustained();
      return { listener, receive };
    }

    function heard(): unknown[] {
      return stage.told('utterance_end').map(({ heard_ms: ms, heard_text: text }) => [ms, text]);
    }

    test('is asked by the clear, and its answer decides what was heard', () => {
      const { receive } = interrupted();
      assert.deepEqual(heard(), []);
      receive({ type: 'cleared', generation: 0, samples: 55 * 48 });
      assert.deepEqual(heard(), [[55, 'One']]);
      receive({ type: 'cleared', generation: 0, samples: 70 * 48 });
      stage.clock.advance(1000);
      assert.equal(stage.told('utterance_end').length, 1);
    });

    for (const [lie, truth] of [
      [0, [45, '']],
      [1e12, [160, 'One two']],
    ] as const) {
      test(`cannot have played what was not sent, or less than it had said: ${lie}`, () => {
        interrupted().receive({ type: 'cleared', generation: 0, samples: lie });
        assert.deepEqual(heard(), [truth]);
      });
    }

    test('counts on when the rate changes, so that it does not matter when it learns of it', () => {
      const { receive } = speaking();
      receive({ type: 'control', command: 'PAUSE' });
      receive({ type: 'session_update', output: { sample_rate: 24_000 } });
      receive({ type: 'played', generation: 0, samples: 60 * 48 });
      receive({ type: 'control', command: 'RESUME' });
      stage.clock.advance(1000);
      // 160 ms were sent at 48 kHz and 40 have been played since at 24 kHz.
      receive({ type: 'played', generation: 0, samples: 160 * 48 + 40 * 24 });
      receive({ type: 'control', command: 'STOP' });
      receive({ type: 'cleared', generation: 0, samples: 160 * 48 + 50 * 24 });
      assert.deepEqual(heard(), [[210, 'One']]);
    });

    test('is not taken at its word about another generation than the one that was cleared', () => {
      const { listener, receive } = interrupted();
      listener.onSpeechStopped(3000);
      receive({ type: 'cleared', generation: 1, samples: 0 });
      assert.deepEqual(heard(), []);
      receive({ type: 'cleared', generation: 0, samples: 55 * 48 });
      receive(say('Next.'));
      stage.asked(1).sink.words([{ textOffset: 0, length: 5, endMs: 110 }]);
      push(stage.asked(1).sink, 20);
      stage.clock.advance(150);
      receive({ type: 'played', generation: 1, samples: (160 + 100) * 48 });
      receive({ type: 'control', command: 'STOP' });
      receive({ type: 'cleared', generation: 0, samples: 0 });
      assert.equal(heard().length, 1, 'a late answer is no answer to another question');
      receive({ type: 'cleared', generation: 1, samples: (160 + 120) * 48 });
      assert.deepEqual(heard().at(-1), [120, 'Next.']);
    });

    test('need not answer: then what it said last counts', () => {
      interrupted();
      stage.clock.advance(499);
      assert.deepEqual(heard(), []);
      stage.clock.advance(1);
      assert.deepEqual(heard(), [[45, '']]);
    });

    test('is not waited for once there is new text, or the client is gone', () => {
      const { receive } = interrupted();
      receive(say('Next.'));
      assert.deepEqual(heard(), [[45, '']]);
      push(stage.asked(1).sink, 5);
      receive({ type: 'played', generation: 1, samples: 150 * 48 });
      receive({ type: 'control', command: 'STOP' });
      assert.equal(stage.told('utterance_end').length, 1);
      for (const session of stage.manager.sessions) session.end('client_disconnect');
      assert.equal(stage.told('utterance_end').length, 2);
      stage.clock.advance(4);
      assert.equal(stage.clock.pending, 0, 'no timer is left');
    });
  });

  test('tells ears that open while the system speaks that it does', () => {
    const receive = stage.open();
    receive(say('Hello.'));
    push(stage.asked(0).sink, 20);
    [...stage.manager.sessions][0]?.receiveAudio(new Uint8Array(640));
    assert.equal(stage.ears?.systemSpeaks, true);
  });

  test('tells the ears when the system speaks', () => {
    const { listener } = speaking();
    assert.equal(stage.ears?.systemSpeaks, true);
    listener.onSpeechStarted(2000, 2150);
    assert.equal(stage.ears?.systemSpeaks, false);
  });

  test('faulty audio is given back with what is wrong, audio that is too fast is dropped, and the session goes on', () => {
    stage.open();
    const [session] = stage.manager.sessions;
    session?.receiveAudio(new Uint8Array(2));
    assert.ok(stage.ears);
    stage.ears.answer = { kind: 'invalid', problem: 'odd' };
    assert.deepEqual(session?.receiveAudio(new Uint8Array(3)), { code: 'INVALID_MESSAGE', problem: 'odd' });
    stage.ears.answer = { kind: 'too_fast', problem: 'fast' };
    for (let count = 0; count < 5; count += 1) {
      assert.equal(session?.receiveAudio(new Uint8Array(2)), undefined);
      stage.clock.advance(300);
    }
    assert.deepEqual(
      stage.link.lines.slice(1),
      ['error RATE_LIMITED', 'error RATE_LIMITED'],
      'told once a second',
    );
    assert.equal(session?.state, 'LISTENING');
  });

  test('a microphone that never stops keeps no session from ending, and frees its ears', () => {
    stage.open();
    const [session] = stage.manager.sessions;
    for (let minute = 0; minute < 61; minute += 1) {
      session?.receiveAudio(new Uint8Array(640));
      stage.ears?.listener.onSpeechStarted(0, 0);
      stage.clock.advance(60_000);
    }
    assert.equal(stage.link.closedWith, '1000 max_duration');
    assert.equal(stage.ears?.closed, true);
  });
});
