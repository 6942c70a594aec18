import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { FakeClock, type RedisServerOptions, skipWithout, startRedisServer, until } from '@parley/testkit';
import type { RedisServer } from '@parley/testkit';
import { connectRedis, type RedisLink, type RedisLinkOptions } from './redis-link.ts';
import { defineScript } from './redis-script.ts';

const systemClock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs: number, onDue: () => void) {
    const timer = setTimeout(onDue, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
const skip = skipWithout('redis-server');
const skipTls = skipWithout('redis-server', 'openssl');

interface Stage {
  readonly server: RedisServer;
  readonly link: RedisLink;
  readonly lines: string[];
}

function linkTo(t: TestContext, options: Partial<RedisLinkOptions> & { url: string }): Omit<Stage, 'server'> {
  const lines: string[] = [];
  const log = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const link = connectRedis({
    clock: systemClock,
    logger: { info: log, warn: log },
    retryMinMs: 5,
    retryMaxMs: 40,
    ...options,
  });
  t.after(() => link.close());
  return { link, lines };
}

async function stage(t: TestContext, options: RedisServerOptions = {}): Promise<Stage> {
  const server = await startRedisServer(options);
  t.after(() => server.stop());
  const made = linkTo(t, { url: server.url, ...(server.caPem !== undefined && { caPem: server.caPem }) });
  assert.equal(await made.link.untilReady(10_000), true, made.lines.join('\n'));
  return { server, ...made };
}

function changed(link: RedisLink, wanted: boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = link.onChange((isReady) => {
      if (isReady !== wanted) return;
      stop();
      resolve();
    });
  });
}

test(
  'commands and scripts are answered, and an error of Redis is told with its kind',
  { skip },
  async (t) => {
    const { link } = await stage(t);
    assert.deepEqual(link.status(), { kind: 'ok' });
    assert.equal(await link.run(['SET', 'a', '1']), 'OK');
    const add = defineScript('add', "return redis.call('INCRBY', KEYS[1], ARGV[1])");
    assert.equal(await link.script(add, ['a'], ['4']), 5);
    assert.equal(await link.script(add, ['a'], ['4']), 9);
    await assert.rejects(link.run(['LPUSH', 'a', 'x']), { code: 'REDIS_REFUSED', reply: 'WRONGTYPE' });
    assert.equal(link.isReady, true);
  },
);

test(
  'a Redis that is killed and comes back empty is used again, with channels and scripts',
  { skip },
  async (t) => {
    const { server, link, lines } = await stage(t);
    const one = defineScript('one', 'return 1');
    await link.script(one, [], []);
    const heard: string[] = [];
    const { promise: heardAgain, resolve } = Promise.withResolvers<void>();
    link.subscribe('news', (message) => {
      heard.push(message);
      if (message === 'after') resolve();
    });
    const lost = changed(link, false);
    await server.kill();
    await lost;
    await assert.rejects(link.run(['PING']), { code: 'REDIS_UNAVAILABLE' });
    const { kind } = link.status();
    assert.equal(kind, 'degraded');
    const back = changed(link, true);
    await server.restart();
    await back;
    assert.equal(await link.script(one, [], []), 1);
    await link.run(['PUBLISH', 'news', 'after']);
    await heardAgain;
    assert.deepEqual(heard, ['after']);
    assert.match(lines.join('\n'), /cannot be used.*connection (lost|refused|closed)/);
    assert.match(lines.at(-1) ?? '', /redis is back/);
  },
);

test('a frozen Redis costs one deadline, then nothing, until it answers again', { skip }, async (t) => {
  const server = await startRedisServer();
  t.after(() => server.stop());
  const clock = new FakeClock();
  const { link } = linkTo(t, { url: server.url, clock, commandTimeoutMs: 250 });
  await link.untilReady(1);
  server.pause();
  let outcome = 'open';
  const asked = link.run(['PING']).catch((error: { code: string }) => (outcome = error.code));
  clock.advance(249);
  await rounds();
  assert.equal(outcome, 'open');
  clock.advance(1);
  await asked;
  assert.equal(outcome, 'REDIS_TIMEOUT');
  await assert.rejects(link.run(['PING']), { code: 'REDIS_UNAVAILABLE' });
  const status = link.status();
  assert.match(status.kind === 'degraded' ? status.why : '', /no answer within 250 ms/);
  // The frozen system still takes connections, which then hang: those too must be given up.
  clock.advance(40);
  await rounds();
  clock.advance(2000);
  await rounds();
  assert.equal(link.isReady, false);
  server.resume();
  const back = changed(link, true);
  while (!link.isReady) {
    clock.advance(40);
    await rounds();
  }
  await back;
  assert.equal(await link.run(['PING']), 'PONG');
});

test('a Redis that answers others meanwhile is slow and not gone', { skip }, async (t) => {
  const server = await startRedisServer();
  t.after(() => server.stop());
  const clock = new FakeClock();
  const { link } = linkTo(t, { url: server.url, clock, commandTimeoutMs: 250 });
  await link.untilReady(1);
  const answered = link.run(['PING']);
  const slow = assert.rejects(link.run(['BLPOP', 'never', '0']), { code: 'REDIS_TIMEOUT' });
  assert.equal(await answered, 'PONG');
  clock.advance(250);
  await slow;
  assert.equal(link.isReady, true);
  const silent = assert.rejects(link.run(['PING']), { code: 'REDIS_TIMEOUT' });
  clock.advance(250);
  await silent;
  assert.equal(link.isReady, false);
});

test(
  'an answer that came while this process was held up counts, however late it is read',
  { skip },
  async (t) => {
    const server = await startRedisServer();
    t.after(() => server.stop());
    const { link } = linkTo(t, { url: server.url });
    await link.untilReady(10_000);
    const asked = link.run(['PING'], { timeoutMs: 20 });
    await new Promise((resolve) => setImmediate(resolve));
    // Blocks until Redis has answered somebody who came later, and then longer than the answer may take.
    execFileSync('redis-cli', ['-u', server.url, 'PING']);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    assert.equal(await asked, 'PONG');
    assert.equal(link.isReady, true);
  },
);

test(
  'user and password of the address log in, and a wrong one is told without being shown',
  { skip },
  async (t) => {
    const user = { name: 'voice', password: 'hunter2/@' };
    const { server, link } = await stage(t, { password: 'other', user });
    assert.equal(await link.run(['ACL', 'WHOAMI']), 'voice');
    await link.run(['ACL', 'SETUSER', 'voice', 'resetpass', '>changed']);
    const wrong = linkTo(t, { url: server.url });
    await until(() => wrong.lines.length > 0);
    const status = wrong.link.status();
    assert.match(status.kind === 'degraded' ? status.why : '', /^login refused/);
    assert.doesNotMatch(wrong.lines.join('\n'), /hunter2/);
    assert.match(wrong.lines.join('\n'), /login refused/);
  },
);

test('the number of the database is that of the address, or else the one given', { skip }, async (t) => {
  const { server, link } = await stage(t);
  const third = linkTo(t, { url: server.url, db: 3 }).link;
  const fourth = linkTo(t, { url: `${server.url}/4`, db: 3 }).link;
  await third.untilReady(10_000);
  await fourth.untilReady(10_000);
  await third.run(['SET', 'where', '3']);
  await fourth.run(['SET', 'where', '4']);
  assert.equal(await link.run(['GET', 'where']), null);
  assert.equal(await third.run(['GET', 'where']), '3');
  assert.equal(await fourth.run(['GET', 'where']), '4');
});

test('TLS is spoken with a certificate that is trusted, and with no other', { skip: skipTls }, async (t) => {
  const { server, link } = await stage(t, { tls: true, password: 'secret' });
  assert.equal(await link.run(['PING']), 'PONG');
  const wary = linkTo(t, { url: server.url });
  await until(() => wary.lines.length > 0);
  assert.match(wary.lines[0] ?? '', /TLS failed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
  assert.equal(wary.link.isReady, false);
});

test('a server that answers nothing at all is given up and tried again, and closing does not wait for it', async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined))).listen(
    0,
    '127.0.0.1',
  );
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { link } = linkTo(t, { url: `redis://127.0.0.1:${address.port}`, connectTimeoutMs: 20 });
  while (sockets.length < 3) await once(server, 'connection');
  const status = link.status();
  assert.equal(status.kind === 'degraded' && status.why, 'no answer while connecting');
  const waiting = link.untilReady(60_000);
  link.close();
  link.close();
  assert.equal(await waiting, false);
  await assert.rejects(link.run(['PING']), { code: 'REDIS_UNAVAILABLE' });
});

test('a listener that comes after the last one has left hears each message once', { skip }, async (t) => {
  const { server, link } = await stage(t);
  const sender = linkTo(t, { url: server.url }).link;
  await sender.untilReady(10_000);
  const heard: string[] = [];
  link.subscribe('news', () => undefined)();
  link.subscribe('news', (message) => void heard.push(message));
  // What is asked for later is subscribed to later, so that its messages come last.
  link.subscribe('end', (message) => void heard.push(message));
  while (Number(await sender.run(['PUBLISH', 'end', 'ready'])) === 0);
  await until(() => heard.includes('ready'));
  heard.length = 0;
  await sender.run(['PUBLISH', 'news', 'one']);
  await sender.run(['PUBLISH', 'end', 'over']);
  await until(() => heard.includes('over'));
  assert.deepEqual(
    heard.filter((message) => message !== 'ready'),
    ['one', 'over'],
  );
});

test(
  'a script that finds the server read-only, in the words of Redis 6 too, ends the connection',
  { skip },
  async (t) => {
    const { link } = await stage(t);
    // Redis 7, which answers the plain error, plays the part of Redis 6.
    const six = defineScript(
      'six',
      `return redis.error_reply("ERR Error running script (call to f_0123456789abcdef0123456789abcdef01234567): @user_script:6: @user_script: 6: -READONLY You can't write against a read only replica.")`,
    );
    const lost = new Promise<boolean>((resolve) => void link.onChange(resolve));
    await assert.rejects(link.script(six, [], []), { code: 'REDIS_REFUSED', reply: 'READONLY' });
    assert.equal(await lost, false);
  },
);

test('a script that fails for another reason keeps the connection', { skip }, async (t) => {
  const { link } = await stage(t);
  const wrong = defineScript('wrong', `return redis.call('INCR', KEYS[1], 'READONLY')`);
  await assert.rejects(link.script(wrong, ['k'], []), { code: 'REDIS_REFUSED', reply: 'ERR' });
  assert.equal(link.isReady, true);
});

/** Lets what is under way over the network go on for a while. */
async function rounds(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
