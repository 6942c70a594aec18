import { silentLogger } from '@parley/testkit';
import { connectRedis } from '@parley/worker-api';
import { createSystemClock } from '../../../packages/orchestrator/src/clock/system-clock.ts';
import { crowd } from './crowd.ts';
import type { Random } from './random.ts';
import type { Orchestrator, Worker, World } from './world.ts';

/** Longest that something is frozen or gone, in ms. */
export interface TroubleLimits {
  readonly freezeMs: number;
  readonly redisGoneMs: number;
}

/** One trouble, from its beginning until its end. */
type Trouble = (world: World, random: Random, limits: TroubleLimits) => Promise<void>;

const SHORT_MS = 500;
/** More than there are places left. */
const CROWD = 150;

/** Happens to workers, one thing after the other: they are to be enough for all clients at any moment. */
export const workerTroubles: readonly [Trouble, ...Trouble[]] = [
  async (world, random) => {
    const worker = pickWorker(world, random);
    world.ledger.did(`kill -9 worker ${worker.name}`);
    worker.state = 'gone';
    await worker.process.kill();
    await comeBack(world, random, worker);
  },
  async (world, random, { freezeMs }) => {
    const worker = pickWorker(world, random);
    const ms = random.int(SHORT_MS, freezeMs);
    world.ledger.did(`freeze worker ${worker.name} for ${ms} ms`);
    worker.state = 'frozen';
    worker.process.process.kill('SIGSTOP');
    await world.sleep(ms);
    worker.process.process.kill('SIGCONT');
    worker.state = 'up';
  },
  async (world, random) => {
    const worker = pickWorker(world, random);
    world.ledger.did(`worker ${worker.name} is told to leave`);
    worker.state = 'gone';
    await worker.process.leave();
    world.ledger.did(`worker ${worker.name} has left`);
    await comeBack(world, random, worker);
  },
  async (world, random) => {
    const cap = random.int(1, 4);
    world.ledger.did(`a worker with ${cap} places joins`);
    const worker = await world.startWorker('small', cap);
    await world.sleep(random.int(2000, 5000));
    const isSudden = random.int(0, 1) === 0;
    world.ledger.did(`the worker with ${cap} places ${isSudden ? 'is killed' : 'leaves'}`);
    worker.state = 'gone';
    await (isSudden ? worker.process.kill() : worker.process.leave());
    world.workers.delete('small');
  },
  async (world, random) => {
    const orchestrator = pickOrchestrator(world, random);
    const taken = await world.whileCrowded(() => crowd(world, orchestrator, CROWD));
    world.ledger.did(`a crowd came to ${orchestrator.name}: ${taken} of ${CROWD} found a place`);
  },
];

/** Happens to orchestrators: two of three are there at any moment. */
export const orchestratorTroubles: readonly [Trouble, ...Trouble[]] = [
  async (world, random) => {
    const orchestrator = pickOrchestrator(world, random);
    world.ledger.did(`kill -9 orchestrator ${orchestrator.name} with ${orchestrator.clients} clients`);
    turn(orchestrator, 'gone');
    orchestrator.server.kill('SIGKILL');
    await orchestrator.server.exited;
    await world.sleep(random.int(SHORT_MS, 3000));
    await world.startOrchestrator(orchestrator.name);
    world.ledger.did(`orchestrator ${orchestrator.name} is back`);
  },
  async (world, random, { freezeMs }) => {
    const orchestrator = pickOrchestrator(world, random);
    const ms = random.int(SHORT_MS, freezeMs);
    world.ledger.did(`freeze orchestrator ${orchestrator.name} for ${ms} ms`);
    turn(orchestrator, 'frozen');
    orchestrator.server.kill('SIGSTOP');
    await world.sleep(ms);
    orchestrator.server.kill('SIGCONT');
    turn(orchestrator, 'up');
  },
];

/** Happens to Redis. */
export const redisTroubles: readonly [Trouble, ...Trouble[]] = [
  async (world, random, { redisGoneMs }) => {
    const ms = random.int(SHORT_MS, redisGoneMs);
    world.ledger.did(`kill Redis; it comes back empty in ${ms} ms`);
    world.redisIsIll();
    await world.fleet.redis.kill();
    await world.sleep(ms);
    await world.fleet.redis.restart();
    world.redisIsWell();
  },
  async (world, random, { freezeMs }) => {
    const ms = random.int(SHORT_MS, freezeMs);
    world.ledger.did(`freeze Redis for ${ms} ms`);
    world.redisIsIll();
    world.fleet.redis.pause();
    await world.sleep(ms);
    world.fleet.redis.resume();
    world.redisIsWell();
  },
  async (world, random) => {
    const type = random.pick(['normal', 'pubsub']);
    world.ledger.did(`cut all ${type} connections to Redis`);
    world.redisIsIll();
    const clock = createSystemClock();
    const link = connectRedis({ url: world.fleet.redis.url, clock, logger: silentLogger });
    await link.untilReady(10_000);
    await link.run(['CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes']).catch(() => undefined);
    link.close();
    world.redisIsWell();
  },
];

async function comeBack(world: World, random: Random, { name, cap }: Worker): Promise<void> {
  await world.sleep(random.int(SHORT_MS, 3000));
  await world.startWorker(name, cap);
  world.ledger.did(`worker ${name} is back`);
}

function pickWorker(world: World, random: Random): Worker {
  const [first, ...others] = [...world.workers.values()].toSorted((a, b) => a.name.localeCompare(b.name));
  if (first === undefined) throw new Error('there is no worker');
  return random.pick([first, ...others]);
}

function pickOrchestrator(world: World, random: Random): Orchestrator {
  const [first, ...others] = world
    .living()
    .filter(({ state }) => state === 'up')
    .toSorted((a, b) => a.name.localeCompare(b.name));
  if (first === undefined) throw new Error('there is no orchestrator');
  return random.pick([first, ...others]);
}

function turn(orchestrator: Orchestrator, state: Orchestrator['state']): void {
  orchestrator.state = state;
  orchestrator.sinceMs = performance.now();
}
