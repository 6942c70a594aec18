import type { RedisStatus } from '@parley/worker-api';
import type { AsrEngine } from './asr/index.ts';
import type { HealthCheck, HealthSource } from './http/index.ts';
import type { WorkerRegistry } from './registry/index.ts';
import type { Router } from './routing/index.ts';
import type { SpeechOutcomes } from './speech-outcomes.ts';

/** What a {@link createHealthSource} looks at. */
export interface HealthParts {
  /** How the last attempts to speak went. */
  readonly speech: SpeechOutcomes;
  /** Speech recognition; absent where it is off. */
  readonly asr: Pick<AsrEngine, 'problem'> | undefined;
  readonly router: Pick<Router, 'workers'>;
  /** Absent where workers are not looked for. */
  readonly registry: WorkerRegistry | undefined;
  /** How places on workers are counted; absent where no other orchestrator counts them too. */
  readonly leaseStatus?: (() => RedisStatus) | undefined;
}

const DISABLED: HealthCheck = { status: 'disabled' };

/** Tells `/health` how the parts are, from what is known without asking anybody. */
export function createHealthSource(parts: HealthParts): HealthSource {
  return {
    check: () => ({
      registry: parts.registry === undefined ? DISABLED : sharedCheck(parts.registry.status()),
      leases: parts.leaseStatus === undefined ? DISABLED : sharedCheck(parts.leaseStatus()),
      workers: checkWorkers(parts),
      asr: parts.asr === undefined ? DISABLED : checkAsr(parts.asr),
      livekit: DISABLED,
    }),
  };
}

/** Whoever does not speak into a microphone is served all the same. */
function checkAsr({ problem }: Pick<AsrEngine, 'problem'>): HealthCheck {
  return problem === undefined ? { status: 'ok' } : { status: 'degraded', detail: problem };
}

function sharedCheck(status: RedisStatus): HealthCheck {
  if (status.kind === 'ok') return { status: 'ok' };
  return { status: 'degraded', detail: `${status.why}, since ${new Date(status.sinceWallMs).toISOString()}` };
}

const FAILING = 'the last attempts to speak have all failed';

function checkWorkers({ router, speech }: HealthParts): HealthCheck {
  const counts = router.workers();
  if (counts === undefined) {
    return speech.areFailing
      ? { status: 'unavailable', detail: FAILING }
      : { status: 'ok', detail: 'one fixed worker, which is asked when there is something to say' };
  }
  const { known, usable, healthy, whyNone = 'no worker is usable' } = counts;
  if (usable === 0) return { status: 'unavailable', detail: whyNone };
  if (speech.areFailing) return { status: 'degraded', detail: FAILING };
  return healthy === 0
    ? { status: 'degraded', detail: 'every worker has failed again and again, and is tried all the same' }
    : { status: 'ok', detail: `${healthy} of ${known} workers take sessions` };
}
