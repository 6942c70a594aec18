import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startServer } from './start-server.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a server as a child process', () => {
  test('serves when it is ready, and is gone with its workers when it has stopped', async () => {
    const server = await startServer();
    const response = await fetch(`${server.url}/livez`);
    assert.equal(response.status, 200);
    await response.arrayBuffer();
    assert.ok(isAlive(server.pid));
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.ok(!isAlive(-server.pid), 'its process group is empty');
  });

  test('a signal ends it as it would from a terminal', async () => {
    await using server = await startServer({ engine: 'none', config: staticWorker });
    server.kill('SIGKILL', 'group');
    assert.deepEqual(await server.exited, { code: null, signal: 'SIGKILL' });
  });

  test('one that cannot start is reported with all it said, and nothing is left of it', async () => {
    await assert.rejects(startServer({ args: ['--set', 'vad.aggressiveness=9'] }), (error: Error) => {
      assert.match(error.message, /ended with 2 before it was ready[^]*vad\.aggressiveness/);
      return true;
    });
  });

  test('one that is not ready in time is ended', async () => {
    await assert.rejects(startServer({ readyTimeoutMs: 1 }), /was not ready within 1 ms/);
  });
});

const staticWorker = 'routing:\n  static_worker_addr: grpc://127.0.0.1:7001\n';
