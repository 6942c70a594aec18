import type { RedisStatus } from '@parley/worker-api';
import type { HealthCheck, HealthSource } from './http/index.ts';
import type { WorkerRegistry } from './registry/index.ts';
import type { SpeechOutcomes } from './speech-outcomes.ts';

/** What a {@link createHealthSource} looks at. */
export interface HealthParts {
  /** How the last attempts to speak went. */
  readonly speech: SpeechOutcomes;
  /** Whether speech recognition is on. */
  readonly isTranscribing: boolean;
  /** Absent with static routing. */
  readonly registry: WorkerRegistry | undefined;
  /** How places on workers are counted; absent where no other orchestrator counts them too. */
  readonly leaseStatus?: (() => RedisStatus) | undefined;
  /** Address of the one fixed worker, with static routing. */
  readonly staticWorkerAddr: string | undefined;
}

const DISABLED: HealthCheck = { status: 'disabled' };

/** Tells `/health` how the parts are, from what is known without asking anybody. */
export function createHealthSource(parts: HealthParts): HealthSource {
  return {
    check: () => ({
      registry: parts.registry === undefined ? DISABLED : sharedCheck(parts.registry.status()),
      leases: parts.leaseStatus === undefined ? DISABLED : sharedCheck(parts.leaseStatus()),
      workers: checkWorkers(parts),
      asr: parts.isTranscribing ? { status: 'ok' } : DISABLED,
      livekit: DISABLED,
    }),
  };
}

function sharedCheck(status: RedisStatus): HealthCheck {
  if (status.kind === 'ok') return { status: 'ok' };
  return { status: 'degraded', detail: `${status.why}, since ${new Date(status.sinceWallMs).toISOString()}` };
}

const FAILING = 'the last attempts to speak have all failed';

function checkWorkers({ registry, speech, staticWorkerAddr }: HealthParts): HealthCheck {
  if (registry === undefined) {
    if (staticWorkerAddr !== undefined && speech.areFailing)
      return { status: 'unavailable', detail: FAILING };
    return staticWorkerAddr === undefined
      ? { status: 'unavailable', detail: 'neither a registry nor a fixed worker is configured' }
      : { status: 'ok', detail: 'one fixed worker, which is asked when there is something to say' };
  }
  const workers = registry.snapshot();
  const usable = workers.filter(({ draining }) => draining !== true).length;
  if (usable > 0 && speech.areFailing) return { status: 'degraded', detail: FAILING };
  if (usable > 0) return { status: 'ok', detail: `${usable} of ${workers.length} workers take sessions` };
  if (workers.length > 0) return { status: 'unavailable', detail: 'every worker is leaving' };
  return { status: 'unavailable', detail: 'no worker has registered' };
}
