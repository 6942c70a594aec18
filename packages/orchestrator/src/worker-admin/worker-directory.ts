import type { WorkerRecord } from '@parley/worker-api';
import type { ListedModel, ListedWorker, ListedWorkerState, WorkerDirectory } from '../http/index.ts';
import type { KnownWorker, WorkerRegistry } from '../registry/index.ts';
import type { LeaseBook } from '../routing/index.ts';
import type { Clock } from '../session/ports/clock.ts';

/** Options of {@link createWorkerDirectory}. */
export interface WorkerDirectoryOptions {
  readonly registry: Pick<WorkerRegistry, 'snapshot'>;
  readonly leases: Pick<LeaseBook, 'activeSessions'>;
  /** The one that the registry has. */
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Age of a heartbeat, in ms, from which its worker counts as silent; the same as the router's. */
  readonly staleAfterMs: number;
}

/** Lists the workers of a registry with the places taken on them. */
export function createWorkerDirectory(options: WorkerDirectoryOptions): WorkerDirectory {
  const { registry, leases, clock, staleAfterMs } = options;
  return {
    list(limit) {
      const records = registry.snapshot();
      const nowMs = clock.nowMs();
      const shown = records.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit);
      return {
        total: records.length,
        workers: shown.map((record) =>
          toListed(record, leases.activeSessions(record.name), nowMs, staleAfterMs),
        ),
      };
    },
  };
}

/** Lists the one worker of static routing, of which nothing but the address is known. */
export function createStaticDirectory(name: string, addr: string): WorkerDirectory {
  const worker: ListedWorker = {
    name,
    addr,
    state: 'static',
    languages: [],
    models: [],
    sessions: { used: 0, capacity: null },
    metrics: { rtf: 0, queue_depth: 0, p50_latency_ms: 0 },
    heartbeat_age_seconds: null,
    version: '',
  };
  return { list: () => ({ total: 1, workers: [worker] }) };
}

function toListed(record: KnownWorker, used: number, nowMs: number, staleAfterMs: number): ListedWorker {
  const { name, addr, capabilities, metrics, heardAtMs, version = '' } = record;
  const ageMs = heardAtMs === undefined ? undefined : Math.max(0, nowMs - heardAtMs);
  return {
    name,
    addr,
    state: stateOf(record, used, ageMs !== undefined && ageMs > staleAfterMs),
    languages: capabilities.languages,
    models: modelsOf(record),
    sessions: { used, capacity: capabilities.max_concurrent_sessions },
    metrics,
    heartbeat_age_seconds: ageMs === undefined ? null : Math.round(ageMs / 100) / 10,
    version,
  };
}

function stateOf(record: WorkerRecord, used: number, isStale: boolean): ListedWorkerState {
  if (isStale) return 'silent';
  if (record.draining === true) return 'draining';
  return used >= record.capabilities.max_concurrent_sessions ? 'full' : 'ready';
}

/** Workers that do not list their models still tell which they have in memory. */
function modelsOf({ models, resident_models: residents, capabilities }: WorkerRecord): ListedModel[] {
  if (models === undefined) {
    const { languages } = capabilities;
    return residents.map((model_id) => ({ model_id, family: '', languages, is_loaded: true }));
  }
  const inMemory = new Set(residents);
  return models.map(({ model_id, family, languages, is_loaded }) => ({
    model_id,
    family,
    languages,
    is_loaded: is_loaded || inMemory.has(model_id),
  }));
}
