import type { IncomingHttpHeaders } from 'node:http';

/** What decides whether a client may come in, before any 101 is sent. */
export interface UpgradePolicy {
  /** Origins allowed besides the server's own host and loopback; `*` allows all. */
  readonly allowedOrigins: readonly string[];
  readonly maxConnections: number;
}

/** Whether the upgrade may go on; otherwise the plain HTTP answer. */
export type UpgradeDecision =
  | { readonly kind: 'accept' }
  | {
      readonly kind: 'refuse';
      readonly status: 403 | 503;
      readonly code: 'FORBIDDEN_ORIGIN' | 'TOO_MANY_CONNECTIONS' | 'SHUTTING_DOWN';
      readonly message: string;
      readonly retryAfterSeconds?: number;
    };

/** State of the server that an upgrade depends on. */
export interface UpgradeSituation {
  readonly connections: number;
  readonly draining: boolean;
}

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Decides on one upgrade request. Pure. */
export function decideUpgrade(
  headers: IncomingHttpHeaders,
  situation: UpgradeSituation,
  policy: UpgradePolicy,
): UpgradeDecision {
  if (situation.draining) {
    return {
      kind: 'refuse',
      status: 503,
      code: 'SHUTTING_DOWN',
      message: 'the server is shutting down: connect again in a moment',
      retryAfterSeconds: 5,
    };
  }
  if (!isOriginAllowed(headers.origin, headers.host, policy.allowedOrigins)) {
    return {
      kind: 'refuse',
      status: 403,
      code: 'FORBIDDEN_ORIGIN',
      message: 'pages of this origin may not connect: add it to security.allowed_origins',
    };
  }
  if (situation.connections >= policy.maxConnections) {
    return {
      kind: 'refuse',
      status: 503,
      code: 'TOO_MANY_CONNECTIONS',
      message: `all ${policy.maxConnections} connections are taken: try again later`,
      retryAfterSeconds: 2,
    };
  }
  return { kind: 'accept' };
}

/**
 * Browsers name the page's origin (RFC 6454) and let any page open a WebSocket to any host, so the server
 * has to look. Programs send no origin and are let in.
 */
function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
  const url = URL.parse(origin);
  if (url === null) return false;
  return url.host === host || LOOPBACK_HOSTS.has(url.hostname);
}
