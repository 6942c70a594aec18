import { silentLogger } from '@parley/testkit';
import {
  connectRedis,
  leaseKeyPrefix,
  DEFAULT_WORKER_KEY_PREFIX,
  type RedisLink,
  textsOf,
} from '@parley/worker-api';
import { createSystemClock } from '../../../packages/orchestrator/src/clock/system-clock.ts';
import { TestClient } from '../../../packages/worker/src/testing/test-client.ts';
import { countSessions } from '../../end-to-end/support/http.ts';
import type { Talker } from './talker.ts';
import type { Worker, World } from './world.ts';

const LOOK_EVERY_MS = 250;
/** By when leases of the dead are free. */
const LEASE_LIFE_MS = 10_000;
/** Asking takes a while. */
const ASKING_MS = 500;
const ASK_TIMEOUT_MS = 1000;
/** By when all is gone after the last client left: the life of a lease, and as long again. */
const DRAIN_MS = 20_000;

const clock = createSystemClock();

/** Looks again and again whether all that must hold does. Whoever makes it closes it. */
export class Watch implements Disposable {
  readonly #world: World;
  readonly #link: RedisLink;
  readonly #clients = new Map<string, TestClient>();
  readonly #known = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    this.#link = connectRedis({
      url: world.fleet.redis.url,
      clock,
      logger: silentLogger,
      commandTimeoutMs: ASK_TIMEOUT_MS,
    });
  }

  /** Looks until the signal. */
  async run(talkers: readonly Talker[], ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      for (const talker of talkers) {
        if (talker.isStuck(performance.now())) this.#loseOnce('stuck', talker.toString());
      }
      await Promise.all([this.#lookAtWorkers(), this.#lookAtLeases()]);
      await this.#world.sleep(LOOK_EVERY_MS);
    }
  }

  /** Waits until nothing is left of anybody; what is left after all is a loss. */
  async drained(): Promise<void> {
    const giveUpAtMs = performance.now() + DRAIN_MS;
    let left: readonly string[];
    do {
      await this.#world.sleep(LOOK_EVERY_MS);
      left = await this.#left();
    } while (left.length > 0 && performance.now() < giveUpAtMs);
    for (const what of left) this.#world.ledger.lose('left behind', what);
  }

  [Symbol.dispose](): void {
    this.#link.close();
    for (const client of this.#clients.values()) client[Symbol.dispose]();
  }

  async #left(): Promise<readonly string[]> {
    const left: string[] = [];
    for (const { name, server } of this.#world.living()) {
      const total = Number(await countSessions(server.url));
      if (total > 0) left.push(`${total} sessions of orchestrator ${name}`);
    }
    for (const worker of this.#world.workers.values()) {
      const sessions = await this.#sessionsOn(worker);
      if (sessions !== 0) left.push(`${sessions ?? 'unknown'} sessions on worker ${worker.name}`);
    }
    for (const [name, ids] of await this.#leases()) {
      if (ids.length > 0) left.push(`${ids.length} leases on worker ${name}`);
    }
    return left;
  }

  async #lookAtWorkers(): Promise<void> {
    for (const worker of this.#world.workers.values()) {
      if (worker.state !== 'up') continue;
      const sessions = (await this.#sessionsOn(worker)) ?? 0;
      if (sessions > worker.cap) {
        this.#world.ledger.lose(
          'worker over its cap',
          `${sessions} sessions on ${worker.name} of ${worker.cap}`,
        );
      }
    }
  }

  async #lookAtLeases(): Promise<void> {
    if (!this.#world.isRedisWell()) return;
    const { ledger, orchestrators, workers } = this.#world;
    const askedAtMs = performance.now();
    for (const [name, ids] of await this.#leases().catch(() => [])) {
      const cap = workers.get(name)?.cap ?? Infinity;
      if (ids.length > cap) ledger.lose('leases over the cap', `${ids.length} leases on ${name} of ${cap}`);
      for (const id of ids) {
        const sessionId = id.slice(id.lastIndexOf('/') + 1);
        const owner = orchestrators.find(({ sessionIds }) => sessionIds.has(sessionId));
        if (owner?.state !== 'gone' || askedAtMs - owner.sinceMs < LEASE_LIFE_MS + ASKING_MS) continue;
        this.#loseOnce('lease of the dead', `${id} on ${name}, of orchestrator ${owner.name}`);
      }
    }
  }

  /** Ids of the leases that have not run out, by worker. */
  async #leases(): Promise<readonly (readonly [string, readonly string[]])[]> {
    const prefix = leaseKeyPrefix(DEFAULT_WORKER_KEY_PREFIX);
    const [seconds = 0, micros = 0] = textsOf(await this.#link.run(['TIME'])).map(Number);
    const nowMs = seconds * 1000 + micros / 1000;
    return Promise.all(
      Array.from(this.#world.workers.keys(), async (name) => {
        const ids = await this.#link.run(['ZRANGEBYSCORE', `${prefix}${name}`, `(${nowMs}`, '+inf']);
        return [name, textsOf(ids)] as const;
      }),
    );
  }

  /** `undefined` where the worker does not say. */
  async #sessionsOn({ process: { addr } }: Worker): Promise<number | undefined> {
    const client = this.#clients.get(addr) ?? new TestClient(Number(new URL(addr).port));
    this.#clients.set(addr, client);
    const answer = await Promise.race([
      client.capabilities().catch(() => undefined),
      this.#world.sleep(ASK_TIMEOUT_MS),
    ]);
    return answer?.metrics['active_sessions'];
  }

  #loseOnce(loss: 'stuck' | 'lease of the dead', which: string): void {
    if (this.#known.has(which)) return;
    this.#known.add(which);
    this.#world.ledger.lose(loss, which);
  }
}
