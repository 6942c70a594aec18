import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { findFreePort, startServer, WireClient } from '@parley/testkit';
import { assertSpoken, FRAME_PER_CHARACTER, readCounted } from './support/counted-speech.ts';
import { ask, askUntil, askUpgrade } from './support/http.ts';
import { untilGroupIsGone } from './support/processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEXT = 'The sentence that is being spoken is spoken to its end.';
const LONG =
  'This one goes on, and on, and on, for a good deal longer than anybody would wait for it. '.repeat(8);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  for (const to of ['server', 'group'] as const) {
    test(`${signal} to the ${to}: the sentence is finished, everybody is told, and nothing is left`, async () => {
      await using server = await startServer({
        config: FRAME_PER_CHARACTER,
        args: ['--set', 'transport.websocket.frame_queue_size=10'],
        outliving: 'leave',
      });
      const [speaks, waits, queues] = await Promise.all([
        WireClient.connect(server.wsUrl),
        WireClient.connect(server.wsUrl),
        WireClient.connect(server.wsUrl),
      ]);
      speaks.say(TEXT);
      // Held, so that its second text cannot have begun however long the signal takes.
      queues.control('PAUSE');
      queues.say(TEXT);
      queues.say('This has not begun and is dropped.');
      await Promise.all([speaks.frames(5), queues.settled(), waits.message('session_start')]);
      server.kill(signal, to);
      await waits.closed;
      queues.control('RESUME');

      for (const client of [speaks, waits, queues]) {
        const { code, reason } = await client.closed;
        assert.equal(code, 1012);
        assert.match(reason, /^server_shutdown; retry_after_ms=\d+$/);
        assert.equal((await client.message('session_end'))['reason'], 'server_shutdown');
      }
      assertSpoken(speaks.samples(), TEXT);
      assertSpoken(queues.samples(), TEXT);
      assert.deepEqual(await server.exited, { code: 0, signal: null });
      await untilGroupIsGone(server.pid);
    });
  }
}

describe('while the server drains', () => {
  test('it is alive but not ready, takes nobody new, and refuses new text', async () => {
    await using server = await startServer({ config: FRAME_PER_CHARACTER });
    const client = await WireClient.connect(server.wsUrl);
    client.say(TEXT);
    await client.frames(3);
    client.control('PAUSE');
    await client.settled();
    server.kill('SIGTERM');
    await askUntil(`${server.url}/readyz`, ({ status }) => status === 503);
    assert.equal((await ask(`${server.url}/livez`)).status, 200);
    assert.equal((await ask(`${server.url}/health`)).status, 503);
    const refusal = await askUpgrade(server.url);
    assert.equal(refusal.status, 503);
    assert.match(refusal.body, /SHUTTING_DOWN/);
    assert.ok(Number(refusal.headers['retry-after']) > 0);
    client.say('Too late.');
    await client.settled();
    assert.deepEqual(client.errorCodes, ['SHUTTING_DOWN']);
    client.control('RESUME');
    assert.equal((await client.closed).code, 1012);
    assertSpoken(client.samples(), TEXT);
    assert.deepEqual(await server.exited, { code: 0, signal: null });
  });

  test('a stop ends the wait for its session', async () => {
    await using server = await startServer({ config: FRAME_PER_CHARACTER });
    const client = await WireClient.connect(server.wsUrl);
    client.say(LONG);
    await client.frames(3);
    server.kill('SIGTERM');
    await askUntil(`${server.url}/readyz`, ({ status }) => status === 503);
    client.control('STOP');
    assert.equal((await client.closed).code, 1012);
    assert.deepEqual(await server.exited, { code: 0, signal: null });
    assert.notEqual(readCounted(client.samples(), LONG).rest, '');
  });

  test('tokens that have begun to be spoken are finished without waiting for the last', async () => {
    await using server = await startServer({ config: FRAME_PER_CHARACTER });
    const client = await WireClient.connect(server.wsUrl);
    client.say('This has begun. And this', false);
    await client.frames(3);
    server.kill('SIGTERM');
    assert.equal((await client.closed).code, 1012);
    assertSpoken(client.samples(), 'This has begun. And this');
    assert.deepEqual(await server.exited, { code: 0, signal: null });
  });
});

describe('nothing hangs a shutdown', () => {
  test('a paused session, a client that reads nothing and one that never answers are ended at the timeout', async () => {
    await using server = await startServer({
      config: FRAME_PER_CHARACTER,
      args: ['--set', 'graceful_shutdown_timeout_s=1'],
      outliving: 'leave',
    });
    const [paused, deaf, long] = await Promise.all([
      WireClient.connect(server.wsUrl),
      WireClient.connect(server.wsUrl),
      WireClient.connect(server.wsUrl),
    ]);
    for (const client of [paused, deaf, long]) {
      client.say(LONG);
      await client.frames(3);
    }
    paused.control('PAUSE');
    deaf.socket.pause();
    server.kill('SIGTERM', 'group');
    assert.deepEqual(await server.exited, { code: 0, signal: null });
    for (const client of [paused, long]) {
      assert.equal((await client.closed).code, 1012);
      assert.equal((await client.message('session_end'))['reason'], 'server_shutdown');
    }
    deaf.socket.resume();
    await deaf.closed;
    await untilGroupIsGone(server.pid);
  });

  test('a worker that has fallen silent does not', async () => {
    await using server = await startServer({
      config: 'workers:\n  embedded:\n    options:\n      fault: hang\n      ms_per_char: 20\n',
      args: ['--set', 'graceful_shutdown_timeout_s=1'],
    });
    const client = await WireClient.connect(server.wsUrl);
    client.say(LONG);
    await client.frames(5);
    server.kill('SIGTERM', 'group');
    assert.equal((await client.closed).code, 1012);
    assert.deepEqual(await server.exited, { code: 0, signal: null });
  });

  test('a second signal ends it at once', async () => {
    await using server = await startServer({
      config: FRAME_PER_CHARACTER,
      args: ['--set', 'graceful_shutdown_timeout_s=3600'],
      outliving: 'leave',
    });
    const client = await WireClient.connect(server.wsUrl);
    client.say(LONG);
    await client.frames(3);
    server.kill('SIGTERM', 'group');
    await askUntil(`${server.url}/readyz`, ({ status }) => status === 503);
    server.kill('SIGINT', 'group');
    await server.exited;
    await client.closed;
    assert.notEqual(readCounted(client.samples(), LONG).rest, '');
    await untilGroupIsGone(server.pid);
  });
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`npm start, whose whole group gets ${signal}, finishes the sentence and leaves nothing`, async (t) => {
    const port = await findFreePort();
    const npm = spawn('npm', ['start'], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: `${port}`,
        PARLEY__WORKERS__EMBEDDED__ENGINE: 'tone',
        PARLEY__WORKERS__EMBEDDED__OPTIONS__MS_PER_CHAR: '20',
      },
    });
    const { pid } = npm;
    assert.ok(pid !== undefined);
    t.after(() => {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // Nobody is left in it, as it should be.
      }
    });
    let output = '';
    for (const stream of [npm.stdout, npm.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const exited = once(npm, 'exit') as Promise<[number | null, string | null]>;
    while (!output.includes('Parley is ready')) {
      const over = new AbortController();
      await Promise.race([
        once(npm.stdout, 'data', over),
        once(npm.stderr, 'data', over),
        exited.then(() => assert.fail(`npm ended before the server was ready: ${output}`)),
      ]);
      over.abort();
    }
    const client = await WireClient.connect(`ws://127.0.0.1:${port}`);
    client.say(TEXT);
    await client.frames(5);
    process.kill(-pid, signal);
    assert.equal((await client.closed).code, 1012);
    assertSpoken(client.samples(), TEXT);
    await exited;
    // npm itself may end by the signal; the server never does.
    assert.match(output, /shutting down/);
    await untilGroupIsGone(pid);
  });
}
