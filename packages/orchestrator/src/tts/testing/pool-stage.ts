import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { loadResampler } from '@parley/audio';
import { FakeClock, silentLogger } from '@parley/testkit';
import type { WorkerRecord } from '@parley/worker-api';
import { MemoryRegistry } from '../../registry/index.ts';
import { MemoryLeaseBook, RegistryRouter, type Router } from '../../routing/index.ts';
import type { SpeechFailureReason, SpeechMetrics } from '../speech-metrics.ts';
import { createWorkerPool, type GrpcWorkerPool, type WorkerPoolOptions } from '../worker-pool.ts';
import { audioFrame, countedSamples, ScriptedWorker, type WorkerScript } from './scripted-worker.ts';

const resamplers = await loadResampler();

/** Speaks each text as one frame. */
export const speaks: WorkerScript = {
  synthesize(call) {
    call.write(audioFrame(countedSamples(960), 48_000, true));
    call.end();
  },
};

/** A pool with everything around it, and real workers to come. */
export interface PoolStage {
  readonly pool: GrpcWorkerPool;
  readonly clock: FakeClock;
  readonly registry: MemoryRegistry;
  readonly leases: MemoryLeaseBook;
  readonly failures: SpeechFailureReason[];
  readonly counts: Record<string, number>;
  /** Enters a worker that runs already, as `w1` and so on. */
  readonly register: (addr: string, record?: Partial<WorkerRecord>) => Promise<void>;
  readonly worker: (script?: WorkerScript, record?: Partial<WorkerRecord>) => Promise<ScriptedWorker>;
}

/** Builds a {@link PoolStage} that takes itself down, and finds what was left behind. */
export function stagePool(
  t: TestContext,
  makeRouter?: (clock: FakeClock) => Router,
  options: Partial<WorkerPoolOptions> = {},
): PoolStage {
  const clock = new FakeClock();
  const registry = new MemoryRegistry({ clock, ttlMs: 3_600_000 });
  const leases = new MemoryLeaseBook();
  const failures: SpeechFailureReason[] = [];
  const counts: Record<string, number> = {};
  const count = (name: string): void => void (counts[name] = (counts[name] ?? 0) + 1);
  const metrics: SpeechMetrics = {
    workerChosen: count,
    synthesisStarted: () => count('started'),
    synthesisEnded: count,
    workerFirstAudioMs: () => count('firstAudio'),
    backPressureMs() {},
    failure: (reason) => void failures.push(reason),
    failedOver: (phase) => count(`failedOver ${phase}`),
  };
  const router =
    makeRouter?.(clock) ??
    new RegistryRouter({
      registry,
      leases,
      clock,
      strategy: 'queue_depth',
      preferResident: true,
      staleAfterMs: 3_600_000,
      capacityWaitMs: 500,
      random: () => 0.5,
    });
  const pool = createWorkerPool({ router, resamplers, clock, logger: silentLogger, metrics, ...options });
  const workers: ScriptedWorker[] = [];
  t.after(async () => {
    const closed = pool.close();
    while (!(await Promise.race([closed.then(() => true), tick()]))) clock.advance(1000);
    router.close();
    await registry.close();
    for (const worker of workers) worker.close();
    assert.equal(clock.pending, 0, 'a timer was left behind');
  });
  let registered = 0;
  const register = async (addr: string, record: Partial<WorkerRecord> = {}): Promise<void> => {
    registered += 1;
    await registry.register({
      name: `w${registered}`,
      addr,
      capabilities: { streaming: true, zero_shot: false, languages: ['en'], max_concurrent_sessions: 2 },
      resident_models: ['m1'],
      metrics: { rtf: 0, queue_depth: 0, p50_latency_ms: 0 },
      ...record,
    });
  };
  return {
    pool,
    clock,
    registry,
    leases,
    failures,
    counts,
    register,
    async worker(script = speaks, record = {}) {
      const worker = await ScriptedWorker.start(script);
      workers.push(worker);
      await register(worker.addr, record);
      return worker;
    },
  };
}

/** Lets what is under way go on. */
export async function tick(): Promise<false> {
  await new Promise((resolve) => setImmediate(resolve));
  return false;
}
