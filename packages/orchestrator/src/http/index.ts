export {
  type CheckStatus,
  type HealthCheck,
  type HealthChecks,
  type HealthReport,
  type HealthSource,
  type Readiness,
} from './health.ts';
export {
  type BoundAddress,
  createHttpServer,
  type HttpServer,
  type HttpServerOptions,
} from './http-server.ts';
export type { ListedSession, SessionList, SessionSummary } from './session-list.ts';
export type { UpgradeHandler } from './upgrade-door.ts';
export type { AdminResult, WorkerAdmin } from './worker-admin.ts';
export type {
  ListedModel,
  ListedWorker,
  ListedWorkerState,
  WorkerDirectory,
  WorkerList,
} from './worker-list.ts';
