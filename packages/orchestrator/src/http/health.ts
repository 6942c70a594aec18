/** How one part of the service is. `disabled`: not configured, so nothing is missing. */
export type CheckStatus = 'ok' | 'degraded' | 'unavailable' | 'disabled';

/** One part of the service, as `/health` shows it. */
export interface HealthCheck {
  readonly status: CheckStatus;
  /** What is wrong and what would be right, or what is there. Public: no secrets, no addresses of clients. */
  readonly detail?: string;
}

/** The parts that `/health` tells about. */
export type HealthChecks = Readonly<
  Record<'registry' | 'leases' | 'workers' | 'asr' | 'livekit', HealthCheck>
>;

/** Where `/health` and `/readyz` get what they say. Implemented where the parts are wired. */
export interface HealthSource {
  /** Looks at every part. Cheap and without waiting: from what is already known. */
  check(): HealthChecks;
}

/** The answer of `/health`. */
export interface HealthReport {
  /** `unavailable`: cannot serve. `degraded`: serves, with less than it is configured for. */
  readonly status: 'ok' | 'degraded' | 'unavailable';
  readonly uptime_seconds: number;
  /** The server finishes what it has and takes nothing new. */
  readonly draining: boolean;
  readonly checks: HealthChecks;
}

/** The answer of `/readyz`. */
export type Readiness =
  | { readonly status: 'ready' }
  | { readonly status: 'not_ready'; readonly reason: string };

/** What the server knows of itself. */
export interface ServerCondition {
  readonly uptimeSeconds: number;
  readonly draining: boolean;
}

/**
 * Sums up the parts: without workers nothing can be said, so the whole is unavailable, as it is while draining.
 * Any other part that fails leaves something that works.
 */
export function reportHealth(checks: HealthChecks, condition: ServerCondition): HealthReport {
  const faulty = Object.values(checks).some(
    ({ status }) => status === 'degraded' || status === 'unavailable',
  );
  const servesNot = condition.draining || !canSpeak(checks);
  return {
    status: servesNot ? 'unavailable' : faulty ? 'degraded' : 'ok',
    uptime_seconds: Math.round(condition.uptimeSeconds * 1000) / 1000,
    draining: condition.draining,
    checks,
  };
}

/** Whether new clients should be sent here, and if not, why. */
export function reportReadiness(checks: HealthChecks, condition: ServerCondition): Readiness {
  if (condition.draining) return { status: 'not_ready', reason: 'draining: the server is shutting down' };
  if (canSpeak(checks)) return { status: 'ready' };
  const { detail } = checks.workers;
  return {
    status: 'not_ready',
    reason: detail === undefined ? 'no usable worker' : `no usable worker: ${detail}`,
  };
}

function canSpeak({ workers }: HealthChecks): boolean {
  return workers.status === 'ok' || workers.status === 'degraded';
}
