import type { WorkerModel, WorkerRecord } from '@parley/worker-api';
import type { ModelStatus } from './models/model-manager.ts';
import { getCapabilities } from './service/model-calls.ts';
import type { ServiceContext } from './service/service-context.ts';

/** What a record says besides the state of its worker. */
export interface WorkerIdentity {
  readonly name: string;
  readonly addr: string;
  /** Grows with every start of a worker of this name. */
  readonly epoch: number;
  readonly version: string;
}

/** The worker as the registry is to see it now. */
export function describeWorker(identity: WorkerIdentity, context: ServiceContext): WorkerRecord {
  const { engine, models, sessions, metrics, maxSessions, clock, isDraining } = context;
  const { abilities } = engine;
  return {
    name: identity.name,
    addr: identity.addr,
    capabilities: {
      streaming: abilities.streaming,
      zero_shot: abilities.zeroShot,
      lora: abilities.lora,
      cpu_ok: abilities.cpuOk,
      languages: getCapabilities(context).capabilities?.languages ?? [],
      emotive_zero_prompt: abilities.emotiveZeroPrompt,
      max_concurrent_sessions: maxSessions,
    },
    resident_models: models.residents(),
    metrics: { rtf: metrics.rtf, queue_depth: sessions.size, p50_latency_ms: metrics.p50LatencyMs },
    models: models.list().map(describeModel),
    last_heartbeat_ts: clock.wallMs() / 1000,
    epoch: identity.epoch,
    draining: isDraining(),
    version: identity.version,
  };
}

function describeModel({ modelId, family, languages, isLoaded, voices }: ModelStatus): WorkerModel {
  const model = { model_id: modelId, family, languages, is_loaded: isLoaded };
  return voices === undefined ? model : { ...model, voices };
}
