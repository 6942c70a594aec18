import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';

const stub = new URL('./stub-server.mjs', import.meta.url).pathname;
const scripts = new URL('../../scripts/', import.meta.url).href;

// What start.mjs does, with the stub in the server's place.
const supervisor = `
  import { exitLike } from '${scripts}run-child.mjs';
  import { superviseServer } from '${scripts}supervise.mjs';
  exitLike(await superviseServer(process.execPath, process.argv.slice(1)));
`;

interface Running {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Lines the server prints; ends when both are gone. */
  readonly lines: AsyncIterator<string>;
}

/** Starts supervisor and stub in a process group of their own, as a terminal does; perhaps through a shell. */
function run(t: TestContext, mode: string, shell: readonly string[] = []): Running {
  const node = [process.execPath, '--input-type=module', '-e', supervisor, stub, mode];
  const [command = '', ...args] = [...shell, ...node];
  const child = spawn(command, args, {
    detached: true,
    env: { ...process.env, npm_lifecycle_event: 'start', npm_node_execpath: process.execPath },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid } = child;
  assert.ok(pid !== undefined);
  t.after(() => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The whole group has ended, as it should have.
    }
  });
  return { pid, process: child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
}

async function next({ lines }: Running): Promise<string | undefined> {
  const { done, value } = await lines.next();
  return done === true ? undefined : value;
}

async function rest(running: Running): Promise<string[]> {
  const found: string[] = [];
  for (let line = await next(running); line !== undefined; line = await next(running)) found.push(line);
  return found;
}

async function ended({ process: child }: Running): Promise<[number | null, string | null]> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return [child.exitCode, child.signalCode];
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} to the supervisor alone reaches the server once`, async (t) => {
    const running = run(t, 'listen');
    assert.equal(await next(running), 'ready');
    process.kill(running.pid, signal);
    assert.deepEqual(await rest(running), [`got ${signal}`]);
    assert.deepEqual(await ended(running), [0, null]);
  });

  test(`${signal} to the whole group reaches the server once`, async (t) => {
    const running = run(t, 'listen');
    assert.equal(await next(running), 'ready');
    process.kill(-running.pid, signal);
    assert.deepEqual(await rest(running), [`got ${signal}`]);
    assert.deepEqual(await ended(running), [0, null]);
  });
}

test("a group's Ctrl-C that npm passes on once more reaches the server once", async (t) => {
  const running = run(t, 'listen');
  assert.equal(await next(running), 'ready');
  process.kill(-running.pid, 'SIGINT');
  process.kill(running.pid, 'SIGINT');
  assert.deepEqual(await rest(running), ['got SIGINT']);
  assert.deepEqual(await ended(running), [0, null]);
});

test('a second Ctrl-C reaches the server as a second one', async (t) => {
  const running = run(t, 'listen twice');
  assert.equal(await next(running), 'ready');
  process.kill(-running.pid, 'SIGINT');
  assert.equal(await next(running), 'got SIGINT');
  process.kill(-running.pid, 'SIGINT');
  assert.equal(await next(running), 'got SIGINT SIGINT');
  assert.deepEqual(await ended(running), [70, null]);
});

test('a closed terminal asks the server to end', async (t) => {
  const running = run(t, 'listen');
  assert.equal(await next(running), 'ready');
  process.kill(-running.pid, 'SIGHUP');
  assert.deepEqual(await rest(running), ['got SIGTERM']);
  assert.deepEqual(await ended(running), [0, null]);
});

test('a terminal that closes after the request to end does not hurry the server', async (t) => {
  const running = run(t, 'listen');
  assert.equal(await next(running), 'ready');
  process.kill(-running.pid, 'SIGTERM');
  assert.equal(await next(running), 'got SIGTERM');
  process.kill(-running.pid, 'SIGHUP');
  assert.deepEqual(await rest(running), []);
  assert.deepEqual(await ended(running), [0, null]);
});

test('a supervisor killed outright leaves no server behind', async (t) => {
  const running = run(t, 'listen');
  assert.equal(await next(running), 'ready');
  process.kill(running.pid, 'SIGKILL');
  // The lines end only when the server, which holds the other end of its output, has ended too.
  assert.deepEqual(await rest(running), ['got SIGTERM']);
});

test('a supervisor killed outright takes a server along that handles no signals', async (t) => {
  const running = run(t, 'deaf');
  assert.equal(await next(running), 'ready');
  process.kill(running.pid, 'SIGKILL');
  assert.deepEqual(await rest(running), []);
});

test('a server that handles no signals ends by the one it gets, and so does its supervisor', async (t) => {
  for (const target of ['supervisor', 'group']) {
    const running = run(t, 'deaf');
    assert.equal(await next(running), 'ready');
    process.kill(target === 'group' ? -running.pid : running.pid, 'SIGTERM');
    assert.deepEqual(await ended(running), [null, 'SIGTERM']);
  }
});

test('an npm ended alone, whose shell goes without a word, takes the server along', async (t) => {
  const running = run(t, 'listen', ['sh', '-c', '"$@"; true', 'sh']);
  assert.equal(await next(running), 'ready');
  process.kill(running.pid, 'SIGTERM');
  assert.deepEqual(await rest(running), ['got SIGTERM']);
});

test(
  'an npm killed outright, whose shell lives on, takes the server along',
  { skip: !existsSync('/proc/self/stat') },
  async (t) => {
    // The outer process stands for npm, the shell in it for the one that npm runs scripts with.
    const npm =
      "const { spawn } = require('node:child_process'); spawn('sh', process.argv.slice(1), { stdio: 'inherit' });";
    const running = run(t, 'listen', [process.execPath, '-e', npm, '--', '-c', '"$@"; true', 'sh']);
    assert.equal(await next(running), 'ready');
    process.kill(running.pid, 'SIGKILL');
    assert.deepEqual(await rest(running), ['got SIGTERM']);
  },
);

test("the server's exit code and its death by a signal become the supervisor's", async (t) => {
  assert.deepEqual(await ended(run(t, 'exit')), [23, null]);
  assert.deepEqual(await ended(run(t, 'abort')), [null, 'SIGKILL']);
});

test('threads and children of the server are left alone', async (t) => {
  assert.equal(await next(run(t, 'family')), 'listeners 0 0');
});
