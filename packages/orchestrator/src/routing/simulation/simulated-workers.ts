import type { KnownWorker } from '../../registry/worker-registry.ts';
import { leaseKeyOf } from './lease-key-of.ts';
import type { SimulatedRedis } from './simulated-redis.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Options of {@link SimulatedWorkers}. */
export interface SimulatedWorkersOptions {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly redis: SimulatedRedis;
  readonly count: number;
  /** Sessions that a worker takes at once. */
  readonly places: number;
  /** Time between heartbeats, in ms: a record tells what was true then. */
  readonly heartbeatMs: number;
}

/** Workers of the slowest kind take this many times as long as those of the fastest. */
const SLOWEST = 3;
const FASTEST_FIRST_AUDIO_MS = 60;
/** A full worker takes this many times as long as an idle one. */
const FULL_FACTOR = 3;

/** Workers that write their records at their heartbeats. One that is slow, or has much to do, speaks later. */
export class SimulatedWorkers {
  readonly #options: SimulatedWorkersOptions;
  readonly #records: KnownWorker[];
  readonly #idleFirstAudioMs: readonly number[];
  readonly #indexes = new Map<string, number>();

  constructor(options: SimulatedWorkersOptions) {
    this.#options = options;
    const { count, random, clock, heartbeatMs, redis } = options;
    this.#idleFirstAudioMs = Array.from(
      { length: count },
      () => FASTEST_FIRST_AUDIO_MS * (1 + random() * (SLOWEST - 1)),
    );
    this.#records = Array.from({ length: count }, (_, index) => {
      this.#indexes.set(nameOf(index), index);
      return this.#recordNow(index);
    });
    for (let index = 0; index < count; index += 1) {
      clock.setTimer(random() * heartbeatMs, () => {
        this.#beat(index);
        clock.setInterval(heartbeatMs, () => this.#beat(index));
      });
    }
    redis.takeLoad();
  }

  /** The records as Redis holds them now. */
  records(): readonly KnownWorker[] {
    return this.#records.slice();
  }

  /** Places taken, worker by worker. */
  taken(): readonly number[] {
    return this.#records.map(({ name }) => this.#takenOn(name));
  }

  /** How long a session that comes to this worker now waits for its first audio. */
  firstAudioMs(name: string): number {
    const index = this.#indexes.get(name) ?? 0;
    const use = this.#takenOn(name) / this.#options.places;
    return (this.#idleFirstAudioMs[index] ?? 0) * (1 + (FULL_FACTOR - 1) * use ** 2);
  }

  #takenOn(name: string): number {
    const { redis, clock } = this.#options;
    return redis.leases.taken(leaseKeyOf(name), clock.nowMs());
  }

  #beat(index: number): void {
    this.#options.redis.charge('announce_worker', 1);
    this.#records[index] = this.#recordNow(index);
  }

  #recordNow(index: number): KnownWorker {
    const name = nameOf(index);
    return {
      name,
      addr: `grpc://10.${index >> 16}.${(index >> 8) & 255}.${index & 255}:7001`,
      capabilities: {
        streaming: true,
        zero_shot: false,
        languages: ['en'],
        max_concurrent_sessions: this.#options.places,
      },
      resident_models: ['model'],
      metrics: { rtf: 0.1, queue_depth: this.#takenOn(name), p50_latency_ms: this.firstAudioMs(name) },
      heardAtMs: this.#options.clock.nowMs(),
    };
  }
}

function nameOf(index: number): string {
  return `worker-${index}`;
}
