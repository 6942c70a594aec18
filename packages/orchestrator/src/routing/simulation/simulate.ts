import type { LoadBalanceStrategy } from '../../config/index.ts';
import type { Logger } from '../../session/ports/logger.ts';
import { RedisLeaseBook } from '../redis/redis-lease-book.ts';
import { RegistryRouter } from '../registry-router.ts';
import type { Router } from '../router.ts';
import { exponential, seededRandom } from './seeded-random.ts';
import { SimulatedRedis } from './simulated-redis.ts';
import { SimulatedRegistry } from './simulated-registry.ts';
import { SimulatedWorkers } from './simulated-workers.ts';
import { Tally, type SimulationOutcome } from './tally.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A fleet and what is done to it. Times in ms. */
export interface Scenario {
  readonly strategy: LoadBalanceStrategy;
  readonly workers: number;
  /** Sessions that each worker takes at once. */
  readonly places: number;
  readonly orchestrators: number;
  /** Share of all places that would be taken if every session found one. */
  readonly load: number;
  /** How long a session keeps its place, on average; exponentially distributed. */
  readonly holdMs: number;
  /** How often each orchestrator counts the places that others have taken: the age of its view. */
  readonly countMs: number;
  /** Workers counted in a second at most, as in `RedisLeaseBookOptions`; `Infinity` counts exactly as often as said. */
  readonly countsPerSecond: number;
  /** How often workers write their records. */
  readonly heartbeatMs: number;
  /** How often orchestrators read them. */
  readonly refreshMs: number;
  /** Time that is measured, after the fleet has filled. */
  readonly measureMs: number;
  readonly seed: number;
}

/** How long sessions come faster than later, so that the fleet fills. */
const FILL_MS = 10_000;
/** Then things settle. */
const SETTLE_MS = 10_000;
const SAMPLE_MS = 500;
const WAY_MS = 0.25;
const CAPACITY_WAIT_MS = 500;
/** Heartbeats that a worker may miss. */
const MISSED_HEARTBEATS = 3;

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/**
 * Runs a fleet in virtual time. Routers, strategies and lease books are those of the product; Redis, workers and
 * sessions are simulated. The same scenario always has the same outcome.
 */
export async function simulate(scenario: Scenario): Promise<SimulationOutcome> {
  const random = seededRandom(scenario.seed);
  // Apart from what routing draws: the same sessions come whatever the strategy.
  const sessionRandom = seededRandom(scenario.seed ^ 0x5e55_1025);
  const clock = new VirtualClock();
  const redis = new SimulatedRedis({ clock, random, wayMs: WAY_MS });
  const workers = new SimulatedWorkers({
    clock,
    random,
    redis,
    count: scenario.workers,
    places: scenario.places,
    heartbeatMs: scenario.heartbeatMs,
  });
  const routers: Router[] = [];
  for (let index = 0; index < scenario.orchestrators; index += 1) {
    // Orchestrators do not start at the same moment, and so do not count at the same moment.
    await clock.run(clock.nowMs() + Math.max(1000, scenario.countMs) / scenario.orchestrators);
    routers.push(openRouter(`orchestrator-${index}`, scenario, { clock, random, redis, workers }));
  }

  const tally = new Tally(scenario);
  let isMeasured = false;
  let sessions = 0;
  const serve = async (): Promise<void> => {
    sessions += 1;
    const router = routers[Math.floor(sessionRandom() * routers.length)];
    const holdMs = exponential(sessionRandom, scenario.holdMs);
    if (router === undefined) return;
    const startedMs = clock.nowMs();
    const counts = isMeasured;
    const result = await router.acquire(`session-${sessions}`, {}, new AbortController().signal);
    if (result.kind !== 'placed') {
      if (counts) tally.refused(workers.taken());
      return;
    }
    const { place } = result;
    const firstAudioMs = workers.firstAudioMs(place.workerName);
    router.noteFirstAudio(place, firstAudioMs);
    if (counts) tally.placed(clock.nowMs() - startedMs, firstAudioMs);
    clock.setTimer(holdMs, () => void router.release(place));
  };

  const wanted = scenario.load * scenario.workers * scenario.places;
  const steadyGapMs = scenario.holdMs / wanted;
  // Those who come while it fills leave meanwhile, too.
  const fillGapMs = steadyGapMs * (1 - Math.exp(-FILL_MS / scenario.holdMs));
  const fullAtMs = clock.nowMs() + FILL_MS;
  const arrive = (): void => {
    void serve();
    clock.setTimer(exponential(sessionRandom, clock.nowMs() < fullAtMs ? fillGapMs : steadyGapMs), arrive);
  };
  arrive();
  await clock.run(fullAtMs + SETTLE_MS);

  redis.takeLoad();
  isMeasured = true;
  const endMs = clock.nowMs() + scenario.measureMs;
  while (clock.nowMs() < endMs) {
    await clock.run(Math.min(endMs, clock.nowMs() + SAMPLE_MS));
    tally.sampled(workers.taken());
  }
  const load = redis.takeLoad();
  isMeasured = false;
  // Those who wait for a place are given theirs, or not.
  await clock.run(clock.nowMs() + 2 * CAPACITY_WAIT_MS);
  return tally.outcome(load);
}

interface Surroundings {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly redis: SimulatedRedis;
  readonly workers: SimulatedWorkers;
}

function openRouter(
  owner: string,
  scenario: Scenario,
  { clock, random, redis, workers }: Surroundings,
): Router {
  const registry = new SimulatedRegistry({ clock, redis, workers, refreshMs: scenario.refreshMs });
  const leases = new RedisLeaseBook({
    link: redis.link(),
    clock,
    logger: silent,
    owner,
    workerNames: () => registry.snapshot().map(({ name }) => name),
    countMs: scenario.countMs,
    countsPerSecond: scenario.countsPerSecond,
    recoveryMs: 0,
    random,
  });
  return new RegistryRouter({
    registry,
    leases,
    clock,
    strategy: scenario.strategy,
    preferResident: true,
    staleAfterMs: MISSED_HEARTBEATS * scenario.heartbeatMs + scenario.refreshMs,
    capacityWaitMs: CAPACITY_WAIT_MS,
    random,
  });
}
