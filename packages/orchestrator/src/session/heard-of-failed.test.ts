import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { push, say, SessionStage, settled } from './testing/session-stage.ts';

describe('an utterance that fails half-way', () => {
  let stage: SessionStage;

  beforeEach(() => {
    stage = new SessionStage();
  });

  /** Its worker speaks ten frames of it and dies for good. */
  async function fail(): Promise<void> {
    stage.asked(0).sink.words([
      { textOffset: 0, length: 3, endMs: 60 },
      { textOffset: 4, length: 3, endMs: 180 },
      { textOffset: 8, length: 5, endMs: 400 },
    ]);
    push(stage.asked(0).sink, 10);
    stage.asked(0).finish({ kind: 'failed', message: 'died' });
    await settled();
  }

  test('is written down as far as it was spoken', async () => {
    stage.open()(say('One two three four.'));
    await fail();
    stage.clock.advance(1000);
    assert.deepEqual(stage.told('utterance_end'), [
      {
        type: 'utterance_end',
        utterance_id: 'parley-1',
        reason: 'failed',
        heard_ms: 200,
        heard_text: 'One two',
      },
    ]);
    assert.deepEqual(stage.sessionOf().history, [{ role: 'assistant', text: 'One two' }]);
  });

  test('has nothing of what is said behind it, though the client says late how far it is', async () => {
    stage.link.holdsBuffer = true;
    const receive = stage.open();
    receive(say('One two three four.'));
    receive(say('Five.'));
    await fail();
    push(stage.asked(1).sink, 10);
    stage.clock.advance(100);
    receive({ type: 'played', generation: 0, samples: 50 * 48 });
    stage.clock.advance(140);
    assert.deepEqual(stage.told('utterance_end'), []);
    receive({ type: 'played', generation: 0, samples: 235 * 48 });
    assert.deepEqual(
      stage.told('utterance_end').map(({ heard_ms: heardMs }) => heardMs),
      [200],
    );
  });
});
