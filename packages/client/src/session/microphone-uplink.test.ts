import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../connect.ts';
import { createEndSignal } from '../microphone/end-signal.ts';
import type { Microphone } from '../microphone/microphone.ts';
import { startTestServer } from '../testing/test-server.ts';

const LIMIT = { timeout: 20_000 };

/** A microphone that hears nothing, and tells how often it was closed. */
class SilentMicrophone implements Microphone {
  readonly ended: Promise<void>;
  readonly end: () => void;
  readonly closed = Promise.withResolvers<void>();
  readonly sampleRateHz: number;
  starts = 0;
  closes = 0;

  constructor(sampleRateHz = 16_000) {
    this.sampleRateHz = sampleRateHz;
    ({ ended: this.ended, end: this.end } = createEndSignal());
  }

  start(): void {
    this.starts += 1;
  }

  close(): Promise<void> {
    this.closes += 1;
    this.closed.resolve();
    this.end();
    return Promise.resolve();
  }
}

test('a microphone that comes when the session is over is closed at once', LIMIT, async (t) => {
  const server = await startTestServer();
  t.after(() => server.close());
  const session = await connect({ url: server.url });
  await session.close();
  const late = new SilentMicrophone();
  await session.listen(late);
  assert.deepEqual([late.starts, late.closes], [0, 1]);
  const otherRate = new SilentMicrophone(48_000);
  await assert.rejects(session.listen(otherRate), { code: 'SESSION_CLOSED' });
  assert.equal(otherRate.closes, 1);
});

test('a microphone that has ended is closed then, and no more with the session', LIMIT, async (t) => {
  const server = await startTestServer();
  t.after(() => server.close());
  const session = await connect({ url: server.url });
  t.after(() => session.close());
  const [first, second] = [new SilentMicrophone(), new SilentMicrophone()];
  const listening = session.listen(first);
  const stillListening = session.listen(second);
  first.end();
  await listening;
  await first.closed.promise;
  assert.equal(second.closes, 0);
  await session.close();
  await stillListening;
  assert.deepEqual([first.closes, second.closes], [1, 1]);
});
