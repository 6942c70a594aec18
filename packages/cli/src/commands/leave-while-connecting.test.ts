import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { startFakeServer } from '../testing/fake-server.ts';
import { startParley } from '../testing/run-parley.ts';

for (const command of [['say', 'Hello', '-o', '-'], ['talk']]) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`${signal} ends ${command[0]} that waits for a server which takes the connection and says nothing`, async (t) => {
      const mute = createServer().listen(0, '127.0.0.1');
      t.after(() => mute.close());
      await once(mute, 'listening');
      const address = mute.address();
      assert.ok(address !== null && typeof address === 'object');
      await using parley = startParley([...command, '--url', `ws://127.0.0.1:${address.port}`]);
      const [socket] = (await once(mute, 'connection')) as [Socket];
      socket.on('error', () => undefined).resume();
      parley.kill(signal);
      const { stderr, ...result } = await parley.result;
      assert.equal(result.code, code, stderr);
      assert.doesNotMatch(stderr, /does not answer/);
    });
  }

  test(`Ctrl-C ends ${command[0]} that waits for the greeting of a server`, async () => {
    const opened = Promise.withResolvers<void>();
    await using server = await startFakeServer({ onOpen: () => opened.resolve() });
    await using parley = startParley([...command, '--url', server.url]);
    await opened.promise;
    parley.kill('SIGINT');
    const { code, stderr } = await parley.result;
    assert.equal(code, 130, stderr);
  });
}
