import assert from 'node:assert/strict';
import { beforeEach, describe, mock, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { TextFeeder } from './text-feeder.ts';

interface Sent {
  readonly text: string;
  readonly isFinal: boolean;
}

interface Feeding {
  readonly feeder: TextFeeder;
  readonly sent: Sent[];
  readonly giveUps: () => number;
}

function feed(t: TestContext, pieceCharacters = 100): Feeding {
  const sent: Sent[] = [];
  let giveUps = 0;
  const feeder = new TextFeeder({
    pieceCharacters,
    send: (text, isFinal) => sent.push({ text, isFinal }),
    onGiveUp: () => (giveUps += 1),
  });
  t.after(() => feeder.close());
  return { feeder, sent, giveUps: () => giveUps };
}

describe('feeding text to a server', () => {
  beforeEach(() => {
    mock.timers.reset();
    mock.timers.enable({ apis: ['setTimeout'] });
  });

  test('a short text is one final message, at once', (t) => {
    const { feeder, sent } = feed(t);
    feeder.append('Hello 😀');
    feeder.end();
    assert.deepEqual(sent, [{ text: 'Hello 😀', isFinal: true }]);
    assert.ok(feeder.isFinalSent);
  });

  test('tokens go out together, and the last character waits to carry the end', (t) => {
    const { feeder, sent } = feed(t);
    feeder.append('Hel');
    feeder.append('lo.');
    mock.timers.tick(20);
    feeder.append('\n');
    mock.timers.tick(20);
    assert.deepEqual(sent, [
      { text: 'Hello', isFinal: false },
      { text: '.', isFinal: false },
    ]);
    feeder.end();
    assert.deepEqual(sent.at(-1), { text: '\n', isFinal: true });
  });

  test('tokens that come slowly are not held up by text sent before', (t) => {
    const { feeder, sent } = feed(t);
    for (const token of ['One ', 'two ', 'three ']) {
      feeder.append(token);
      mock.timers.tick(20);
    }
    assert.equal(sent.map(({ text }) => text).join(''), 'One two three');
  });

  test('a long text follows the speech', (t) => {
    const { feeder, sent } = feed(t);
    feeder.append('x'.repeat(250));
    feeder.end();
    assert.equal(sent.length, 1);
    feeder.heardAudio(20);
    assert.equal(sent.length, 2);
    feeder.heardAudio(20);
    assert.equal(sent.length, 2, 'there is enough at the server');
    feeder.heardAudio(5000);
    assert.deepEqual(
      sent.map(({ text, isFinal }) => [text.length, isFinal]),
      [
        [100, false],
        [100, false],
        [50, true],
      ],
    );
  });

  test('without any audio it goes on after a second, as a text may have nothing to speak', (t) => {
    const { feeder, sent } = feed(t);
    feeder.append('*'.repeat(150));
    feeder.end();
    mock.timers.tick(999);
    assert.equal(sent.length, 1);
    mock.timers.tick(1);
    assert.equal(sent.length, 2);
    assert.ok(feeder.isFinalSent);
  });

  test('audio puts the second off', (t) => {
    const { feeder, sent } = feed(t);
    feeder.append('x'.repeat(400));
    feeder.end();
    feeder.heardAudio(20);
    mock.timers.tick(999);
    feeder.heardAudio(20);
    mock.timers.tick(999);
    assert.equal(sent.length, 2);
  });

  test('refused text is sent again, later each time and in smaller pieces', (t) => {
    const { feeder, sent } = feed(t, 200);
    feeder.append('x'.repeat(200));
    feeder.end();
    feeder.refused();
    assert.ok(!feeder.isFinalSent);
    mock.timers.tick(499);
    assert.equal(sent.length, 1);
    mock.timers.tick(1);
    assert.deepEqual(sent[1], { text: 'x'.repeat(100), isFinal: false });
    feeder.refused();
    mock.timers.tick(999);
    assert.equal(sent.length, 2);
    mock.timers.tick(1);
    assert.deepEqual(sent[2], { text: 'x'.repeat(50), isFinal: false });
  });

  test('a refusal that belongs to nothing is ignored', (t) => {
    const { feeder, sent } = feed(t);
    feeder.refused();
    feeder.append('Hello');
    feeder.end();
    assert.deepEqual(sent, [{ text: 'Hello', isFinal: true }]);
  });

  test('a server that refuses for minutes without a sound is given up', (t) => {
    const { feeder, giveUps, sent } = feed(t);
    feeder.append('Hello');
    feeder.end();
    for (let i = 0; i <= 40 && giveUps() === 0; i += 1) {
      feeder.refused();
      mock.timers.tick(8000);
    }
    assert.equal(giveUps(), 1);
    const count = sent.length;
    mock.timers.tick(60_000);
    assert.equal(sent.length, count);
  });

  test('a closed feeder sends nothing', (t) => {
    const { feeder, sent } = feed(t);
    feeder.append('Hello');
    feeder.close();
    feeder.end();
    mock.timers.tick(60_000);
    assert.deepEqual(sent, []);
  });

  test('whatever happens, accepted pieces are the text, in order, and only the last is final', (t) => {
    const action = fc.oneof(
      fc.record({
        type: fc.constant('append' as const),
        text: fc.string({ unit: 'grapheme', minLength: 1 }),
      }),
      fc.record({ type: fc.constant('hear' as const), ms: fc.integer({ min: 1, max: 3000 }) }),
      fc.record({ type: fc.constant('refuse' as const) }),
      fc.record({ type: fc.constant('tick' as const), ms: fc.integer({ min: 1, max: 2000 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const { feeder, sent } = feed(t, 10);
        let text = 'a';
        feeder.append('a');
        let isRefusable = 0;
        for (const each of actions) {
          if (each.type === 'append') {
            text += each.text;
            feeder.append(each.text);
          } else if (each.type === 'hear') feeder.heardAudio(each.ms);
          else if (each.type === 'tick') mock.timers.tick(each.ms);
          else if (sent.length > isRefusable) {
            feeder.refused();
            sent.pop();
            isRefusable = sent.length;
          }
        }
        feeder.end();
        for (let i = 0; i < 500 && !feeder.isFinalSent; i += 1) mock.timers.tick(8000);
        feeder.close();
        assert.equal(sent.map((piece) => piece.text).join(''), text);
        assert.deepEqual(
          sent.map(({ isFinal }) => isFinal),
          sent.map((_, index) => index === sent.length - 1),
        );
      }),
      { numRuns: 200 },
    );
  });
});
