import { listWorkers, readHealth } from '../../workers/support/fleet.ts';
import { Ledger } from './ledger.ts';
import { seededRandom } from './random.ts';
import { Talker } from './talker.ts';
import { Watch } from './watch.ts';
import { World } from './world.ts';

/** Options of {@link runOutage}. */
export interface OutageOptions {
  /** Clients that speak before, during and after. */
  readonly clients: number;
  /** Clients that come while Redis is gone. */
  readonly newcomers: number;
  readonly outageMs: number;
  readonly print: (line: string) => void;
}

/** What came of it. */
export interface OutageReport {
  readonly losses: readonly string[];
  /** Texts heard whole while Redis was gone. */
  readonly completedWithout: number;
  /** Newcomers that heard a text before Redis was back. */
  readonly servedNew: number;
}

const POLL_MS = 50;
/** Recovery is unattended and takes seconds; a minute is given up on. */
const RECOVERY_MS = 60_000;

/** Kills Redis while all speak, starts it again empty, and sees to it that everything finds itself again. */
export async function runOutage(options: OutageOptions): Promise<OutageReport> {
  const { clients, newcomers, outageMs, print } = options;
  const ledger = new Ledger(print);
  await using world = await World.start(ledger);
  using watch = new Watch(world);
  const talkerOf = (number: number): Talker =>
    new Talker(world, ledger, seededRandom(1, `talker ${number}`), number);
  const ending = new AbortController();
  const watching = new AbortController();
  const talkers = Array.from({ length: clients }, (_, number) => talkerOf(number));
  const talking = talkers.map((talker) => talker.run(ending.signal));
  while (ledger.completed < clients) await world.sleep(POLL_MS);

  ledger.did('kill Redis');
  world.redisIsIll();
  const before = ledger.completed;
  await world.fleet.redis.kill();
  await world.sleep(outageMs / 3);
  const late = Array.from({ length: newcomers }, (_, number) => talkerOf(clients + number));
  talking.push(...late.map((talker) => talker.run(ending.signal)));
  await world.sleep((outageMs * 2) / 3);
  const servedNew = late.filter(({ completed }) => completed > 0).length;
  const completedWithout = ledger.completed - before;
  ledger.did(
    `${completedWithout} texts were heard whole meanwhile, ${servedNew} of ${newcomers} newcomers served`,
  );
  for (const { name, server } of world.living()) {
    const status = await readHealth(server.url);
    if (status !== 'degraded')
      ledger.lose('left behind', `${name} does not say that Redis is gone: ${status}`);
  }

  await world.fleet.redis.restart();
  const backAtMs = performance.now();
  ledger.did('Redis is back, empty');
  await recovered(world);
  ledger.did(`all is as before ${Math.round(performance.now() - backAtMs)} ms later`);
  world.redisIsWell();
  const looking = watch.run([...talkers, ...late], watching.signal);
  const after = ledger.completed;
  while (ledger.completed < after + clients) await world.sleep(POLL_MS);

  ending.abort();
  await Promise.all(talking);
  watching.abort();
  await looking;
  await watch.drained();
  ledger.printTable();
  return { losses: ledger.losses, completedWithout, servedNew };
}

/** Waits until every orchestrator is well again and sees every worker with all its places. */
async function recovered(world: World): Promise<void> {
  const giveUpAtMs = performance.now() + RECOVERY_MS;
  for (const { name, server } of world.living()) {
    for (;;) {
      const status = await readHealth(server.url);
      const workers = await listWorkers(server.url);
      const isWhole = [...world.workers.keys()].every((worker) =>
        workers.some((listed) => listed.name === worker && listed.state === 'ready'),
      );
      if (status === 'ok' && isWhole) break;
      if (performance.now() > giveUpAtMs) {
        world.ledger.lose('left behind', `${name} is ${status} with ${JSON.stringify(workers)}`);
        return;
      }
      await world.sleep(POLL_MS);
    }
  }
}
