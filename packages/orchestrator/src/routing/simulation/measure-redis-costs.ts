// What the commands of orchestrators cost a real Redis: its CPU time as it tells it itself. Needs `redis-server`.
// Prints the numbers of `redis-costs.ts`.
import { startRedisServer, silentLogger } from '@parley/testkit';
import { connectRedis, type RedisScript, textsOf } from '@parley/worker-api';
import { createSystemClock } from '../../clock/system-clock.ts';
import { claimScript, countScript, releaseScript, renewScript } from '../redis/lease-scripts.ts';

const LATE = `${Number.MAX_SAFE_INTEGER}`;
const PLACES = 16;
const ROUNDS = 20_000;
const clock = createSystemClock();
await using server = await startRedisServer();
const link = connectRedis({ url: server.url, clock, logger: silentLogger, commandTimeoutMs: 60_000 });
await link.untilReady(10_000);

async function cpuUs(): Promise<number> {
  const [info = ''] = textsOf([await link.run(['INFO', 'cpu'])]);
  const of = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`, 'u').exec(info)?.[1]);
  return (of('used_cpu_user') + of('used_cpu_sys')) * 1e6;
}

/** CPU time of one of many commands, sent as an orchestrator does: several under way at once. */
async function cost(rounds: number, send: (round: number) => Promise<unknown>): Promise<number> {
  const before = await cpuUs();
  for (let round = 0; round < rounds; round += 16) {
    await Promise.all(Array.from({ length: 16 }, (_, lane) => send(round + lane)));
  }
  return ((await cpuUs()) - before) / rounds;
}

function keys(count: number, prefix = 'lease:w'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

const script = (which: RedisScript, names: readonly string[], args: readonly (string | number)[]) =>
  link.script(which, names, args.map(String), { timeoutMs: 60_000 });
const claim = (names: readonly string[], capacity: number, id: string) =>
  script(claimScript, ['book', ...names], [LATE, id, 60_000, 0, 1, ...names.map(() => capacity)]);

await script(renewScript, ['book'], [LATE, 60_000]);
for (const name of keys(2000)) {
  for (let place = 0; place < PLACES; place += 1)
    await claim([name], PLACES, `owner/${place}/session-${name}`);
}
const lines: string[] = [];
const tell = (what: string, us: number): void => void lines.push(`${what}: ${us.toFixed(2)} µs`);

// The claims below are refused by the last candidate only, so that nothing changes between rounds.
const one = await cost(ROUNDS, (round) => claim([`lease:w${round % 2000}`], PLACES, 'x'));
const named = keys(32);
const lookedAll = await cost(ROUNDS / 4, () => claim(named, PLACES, 'x'));
const first = await cost(ROUNDS / 2, async (round) => {
  const free = ['lease:free', ...named.slice(1)];
  await claim(free, 1_000_000, `y${round % 16}`);
});
tell('claim, 1 candidate, looked at', one);
tell('claim, 32 candidates, the first has room', first);
tell('claim, 32 candidates, all looked at', lookedAll);
tell('  for each named', (first - one) / 31);
tell('  for each looked at', (lookedAll - first) / 31);
tell('  itself', one - (first - one) / 31 - (lookedAll - first) / 31);

const small = await cost(ROUNDS / 8, () => script(countScript, keys(10), [LATE]));
const large = await cost(ROUNDS / 40, () => script(countScript, keys(500), [LATE]));
tell('count, for each worker', (large - small) / 490);
tell('count, itself', small - ((large - small) / 490) * 10);

const renewal = (count: number): Promise<unknown> => {
  const names = keys(count);
  const args = names.flatMap((name) => [PLACES, 1, `owner/3/session-${name}`]);
  return script(renewScript, ['book', ...names], [LATE, 60_000, ...args]);
};
const few = await cost(ROUNDS / 8, () => renewal(10));
const many = await cost(ROUNDS / 40, () => renewal(500));
tell('renew, for each lease', (many - few) / 490);
tell('renew, itself', few - ((many - few) / 490) * 10);

for (let round = 0; round < ROUNDS / 2; round += 1) await claim(['lease:r'], 1_000_000, `r${round}`);
tell(
  'release',
  await cost(ROUNDS / 2, (round) => script(releaseScript, ['lease:r'], [`r${round}`, 1_000_000, 'c', 'r'])),
);

const record = JSON.stringify({ name: 'w', text: 'x'.repeat(900) });
for (const name of keys(2000, 'worker:')) await link.run(['SET', name, record]);
const readMany = await cost(
  ROUNDS / 40,
  async () => void textsOf(await link.run(['MGET', ...keys(200, 'worker:')])),
);
const readFew = await cost(ROUNDS / 8, () => link.run(['MGET', ...keys(10, 'worker:')]));
tell('MGET, for each record of 1 KB', (readMany - readFew) / 190);
tell('MGET, itself', readFew - ((readMany - readFew) / 190) * 10);
const scanned = await cost(2000, () => link.run(['SCAN', '0', 'MATCH', 'worker:*', 'COUNT', '1000']));
tell('SCAN, for each key visited', scanned / 1000);
tell(
  'SET with a life',
  await cost(ROUNDS / 2, (round) => link.run(['SET', `worker:${round % 2000}`, record, 'PX', '30000'])),
);

for (const count of [0, 50]) {
  const links = Array.from({ length: count }, () =>
    connectRedis({ url: server.url, clock, logger: silentLogger }),
  );
  for (const other of links) {
    other.subscribe('c', () => {});
    await other.untilReady(10_000);
  }
  tell(
    `PUBLISH, ${count} subscribers`,
    await cost(ROUNDS / 8, () => link.run(['PUBLISH', 'c', 'worker-1234'])),
  );
  for (const other of links) other.close();
}
link.close();
process.stdout.write(`${lines.join('\n')}\n`);
