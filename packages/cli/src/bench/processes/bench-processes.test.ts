import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BenchProcess, type BenchProcessOptions } from './bench-process.ts';
import { BenchProcesses } from './bench-processes.ts';
import { findFreePort } from './free-port.ts';
import { listeningPort } from './listening.ts';

const timeoutMs = 20_000;

async function pipe(): Promise<BenchProcessOptions> {
  return {
    name: 'bare pipe',
    script: fileURLToPath(new URL('../bare-pipe.ts', import.meta.url)),
    args: ['127.0.0.1:1', String(await findFreePort())],
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('all processes are gone once they are closed, and what is started later goes at once', async () => {
  const processes = new BenchProcesses();
  const started = [processes.start(await pipe()), processes.start(await pipe())];
  await Promise.all(started.map((one) => one.receive(listeningPort, timeoutMs)));
  for (const one of started) {
    assert.ok(isAlive(one.pid));
    const usage = await one.usage();
    assert.ok(usage.cpuSeconds > 0 && usage.rssBytes > 1e6, JSON.stringify(usage));
  }
  await processes.close();
  assert.deepEqual(
    started.map((one) => isAlive(one.pid)),
    [false, false],
  );

  const late = processes.start(await pipe());
  await processes.close();
  assert.equal(isAlive(late.pid), false);
});

test('a process that ends too early fails whoever waits for it, and says what it wrote', async () => {
  const broken = new BenchProcess({ ...(await pipe()), script: '/nowhere/pipe.ts' });
  await assert.rejects(broken.receive(listeningPort, timeoutMs), {
    code: 'START_FAILED',
    message: /bare pipe.*ended too early.*Cannot find module/s,
  });
  await broken.close();
});
