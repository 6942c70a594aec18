import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { FakeLink } from './testing/fake-link.ts';
import { SESSION_OPTIONS } from './testing/session-options.ts';
import { push, say, SessionStage, settled } from './testing/session-stage.ts';

describe('a session whose connection drops', () => {
  let stage: SessionStage;

  beforeEach(() => {
    stage = new SessionStage();
    stage.link.resumable = true;
    stage.link.holdsBuffer = true;
  });

  test('waits for its client, tells it what it missed and goes on with the first frame it did not get', async () => {
    const receive = stage.open();
    receive(say('Hello.'));
    push(stage.asked(0).sink, 20);
    stage.clock.advance(100);
    const received = stage.link.frames - 2;
    const events = stage.link.messages.length - 1;
    stage.sessionOf().disconnected(stage.link);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(2000);
    const back = new FakeLink();
    back.resumable = true;
    const result = stage.manager.resume({ link: back, token: 'token-1', samples: received * 960, events });
    assert.equal(result.kind, 'opened');
    stage.clock.advance(1000);
    assert.equal(back.frames, 20 - received);
    const [start] = back.messages;
    assert.ok(start?.type === 'session_start');
    assert.equal(start.resumed, true);
    assert.equal(start.client_messages, 1);
    assert.equal(start.resume_token, 'token-2');
    assert.ok(back.messages.some(({ type }) => type === 'utterance_end'));
  });

  test('and that never comes back has heard what it had reported, and no utterance ends without it', async () => {
    const receive = stage.open();
    const session = stage.sessionOf();
    receive(say('One two three four.'));
    stage.asked(0).sink.words([
      { textOffset: 0, length: 3, endMs: 60 },
      { textOffset: 4, length: 3, endMs: 100 },
      { textOffset: 8, length: 5, endMs: 300 },
    ]);
    push(stage.asked(0).sink, 20);
    stage.asked(0).finish({ kind: 'completed' });
    await settled();
    stage.clock.advance(380);
    receive({ type: 'played', generation: 0, samples: 110 * 48 });
    session.disconnected(stage.link);
    stage.clock.advance(29_999);
    assert.equal(session.state, 'SPEAKING');
    assert.ok(!stage.link.lines.includes('utterance_end'));
    stage.clock.advance(1);
    assert.equal(session.state, 'CLOSED');
    assert.deepEqual(session.history, [{ role: 'assistant', text: 'One two' }]);
  });

  test('may have missed as much as the lead that it chose and what is kept beyond it', async () => {
    const resumed = (leadMs: number | undefined, missedMs: number): string => {
      stage.link = new FakeLink();
      stage.link.resumable = true;
      stage.manager = stage.makeManager({ ...SESSION_OPTIONS, keptBeyondLeadMs: 1000 });
      stage.speech.asked.length = 0;
      stage.tokens = 0;
      const receive = stage.open();
      if (leadMs !== undefined) receive({ type: 'session_update', playout_lead_ms: leadMs });
      receive(say('Hello.'));
      for (let frames = 0; frames < 200; frames += 5) {
        push(stage.asked(0).sink, 5);
        stage.clock.advance(100);
      }
      const samples = stage.link.frames * 960 - missedMs * 48;
      return stage.manager.resume({ link: new FakeLink(), token: 'token-1', samples, events: 0 }).kind;
    };
    assert.equal(resumed(undefined, 1060), 'opened');
    assert.equal(resumed(undefined, 1080), 'failed');
    assert.equal(resumed(2000, 3000), 'opened');
    assert.equal(resumed(2000, 3020), 'failed');
    assert.equal(resumed(0, 1000), 'opened');
    assert.equal(resumed(0, 1020), 'failed');
  });

  test('and that was cut between a change of the rate and its answer hears on from where it was', () => {
    const receive = stage.open();
    receive(say('Hello.'));
    push(stage.asked(0).sink, 20);
    stage.clock.advance(100);
    const received = stage.link.frames - 2;
    receive({ type: 'session_update', output: { sample_rate: 24_000 } });
    stage.sessionOf().disconnected(stage.link);
    const back = new FakeLink();
    back.resumable = true;
    const result = stage.manager.resume({ link: back, token: 'token-1', samples: received * 960, events: 0 });
    assert.equal(result.kind, 'opened');
    stage.clock.advance(1000);
    assert.deepEqual(back.offsets.slice(0, 2), [received * 960, received * 960 + 480]);
    assert.equal(back.frames, 20 - received);
  });

  test('takes a token until the next one has been used, as the answer that brings it may be lost', () => {
    stage.open();
    stage.sessionOf().disconnected(stage.link);
    const resume = (token: string): string => {
      const back = new FakeLink();
      back.resumable = true;
      return stage.manager.resume({ link: back, token, samples: 0, events: 0 }).kind;
    };
    assert.equal(resume('token-1'), 'opened');
    assert.equal(resume('token-1'), 'opened');
    assert.equal(resume('token-2'), 'failed', 'another one has taken the place of what was lost');
    assert.equal(resume('token-3'), 'opened');
    assert.equal(resume('token-1'), 'failed');
    assert.equal(resume('token-4'), 'opened');
    stage.sessionOf().end('completed');
    assert.equal(resume('token-4'), 'failed');
  });

  test('ends at once when the client said goodbye, unless it is here by another connection', () => {
    stage.open();
    const session = stage.sessionOf();
    session.left(new FakeLink());
    assert.equal(stage.manager.size, 1);
    session.left(stage.link);
    assert.equal(stage.manager.size, 0);
    assert.equal(stage.speech.closed, 1);
  });

  test('ends when the client does not come back in time', () => {
    stage.open();
    stage.sessionOf().disconnected(stage.link);
    stage.clock.advance(29_999);
    assert.equal(stage.manager.size, 1);
    stage.clock.advance(1);
    assert.equal(stage.manager.size, 0);
    assert.equal(stage.speech.closed, 1);
    assert.equal(
      stage.manager.resume({ link: stage.link, token: 'token-1', samples: 0, events: 0 }).kind,
      'failed',
    );
  });

  test('refuses a client that claims to have got what was never sent', () => {
    stage.open();
    stage.sessionOf().disconnected(stage.link);
    for (const [samples, events] of [
      [960, 0],
      [1, 0],
      [0, 99],
      [-960, 0],
    ] as const) {
      assert.equal(
        stage.manager.resume({ link: stage.link, token: 'token-1', samples, events }).kind,
        'failed',
      );
    }
    assert.equal(stage.manager.size, 1, 'the session itself is untouched');
  });

  test('is drained like any other', async () => {
    stage.open();
    stage.sessionOf().disconnected(stage.link);
    await stage.manager.drain(10_000);
    assert.equal(stage.manager.size, 0);
  });

  test('during a drain ends at once, as nobody can come back to a server that goes', async () => {
    stage.open()(say('Hello.'));
    push(stage.asked(0).sink, 10);
    const drained = stage.manager.drain(10_000);
    assert.equal(stage.manager.size, 1);
    stage.sessionOf().disconnected(stage.link);
    assert.equal(stage.manager.size, 0);
    await drained;
  });

  test('of a client that cannot come back it ends at once', () => {
    stage.link.resumable = false;
    stage.open();
    stage.sessionOf().disconnected(stage.link);
    assert.equal(stage.manager.size, 0);
  });
});
