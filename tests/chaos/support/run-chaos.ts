import { Ledger } from './ledger.ts';
import { type Random, seededRandom } from './random.ts';
import { Talker } from './talker.ts';
import { orchestratorTroubles, redisTroubles, type TroubleLimits, workerTroubles } from './troubles.ts';
import { Watch } from './watch.ts';
import { World } from './world.ts';

/** Options of {@link runChaos}. */
export interface ChaosOptions {
  /** Decides what happens to whom, in which order. When exactly depends on the machine too. */
  readonly seed: number;
  readonly durationMs: number;
  /** Clients that speak all the while. */
  readonly clients: number;
  readonly limits: TroubleLimits;
  /** Longest calm between two troubles of a kind, in ms. */
  readonly calmMs: number;
  readonly print: (line: string) => void;
}

/** Longest that clients may take for the texts of the end: more than the longest silence of a session. */
const LAST_TEXTS_MS = 60_000;

/** Runs a fleet in trouble and tells what was lost, which must be nothing. */
export async function runChaos(options: ChaosOptions): Promise<Ledger> {
  const { seed, durationMs, clients, limits, calmMs, print } = options;
  const ledger = new Ledger(print);
  print(`seed ${seed}, ${Math.round(durationMs / 1000)} s, ${clients} clients`);
  await using world = await World.start(ledger);
  using watch = new Watch(world);
  ledger.did('3 orchestrators, 4 workers and Redis are there');

  const randomOf = (name: string): Random => seededRandom(seed, name);
  const talkers = Array.from(
    { length: clients },
    (_, number) => new Talker(world, ledger, randomOf(`talker ${number}`), number),
  );
  const ending = new AbortController();
  const watching = new AbortController();
  const looking = watch.run(talkers, watching.signal);
  const talking = Promise.all(talkers.map((talker) => talker.run(ending.signal)));

  const endsAtMs = performance.now() + durationMs;
  const troubles = { workers: workerTroubles, orchestrators: orchestratorTroubles, redis: redisTroubles };
  await Promise.all(
    Object.entries(troubles).map(async ([name, kinds]) => {
      const random = randomOf(name);
      for (;;) {
        await world.sleep(random.int(calmMs / 4, calmMs));
        if (performance.now() > endsAtMs) return;
        await random.pick(kinds)(world, random, limits);
      }
    }),
  );

  ledger.did('calm: the last texts are spoken');
  ending.abort();
  const isOver = await Promise.race([talking.then(() => true), world.sleep(LAST_TEXTS_MS).then(() => false)]);
  if (!isOver) {
    const waiting = talkers.filter(({ orchestrator }) => orchestrator !== undefined);
    for (const talker of waiting) ledger.lose('stuck', `${talker.toString()} at the end`);
  }
  watching.abort();
  await looking;
  await watch.drained();
  ledger.did('nobody is left');
  ledger.printTable();
  return ledger;
}
