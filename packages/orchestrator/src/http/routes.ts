import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Metrics } from '../observability/metrics.ts';
import { errorBody, PUBLIC_PATHS } from './answers.ts';
import { type HealthSource, reportHealth, reportReadiness, type ServerCondition } from './health.ts';
import { PAGE_SECURITY_POLICY, readPageFiles } from './page-files.ts';
import { listSessions, parseListLimit, SESSION_LIST_LIMITS, type SessionSummary } from './session-list.ts';
import { pathOf } from './upgrade-door.ts';
import type { WorkerAdmin } from './worker-admin.ts';
import type { WorkerDirectory } from './worker-list.ts';
import { addWorkerRoutes } from './worker-routes.ts';

/** What the routes answer from. */
export interface RouteSources {
  readonly health: HealthSource;
  readonly metrics: Pick<Metrics, 'contentType' | 'render'>;
  readonly sessions: () => Iterable<SessionSummary>;
  readonly condition: () => ServerCondition;
  /** Lists the workers; without it there is no `/v1/workers`. */
  readonly workers?: WorkerDirectory;
  /** What operators of this machine can do to workers; without it they can only look. */
  readonly workerAdmin?: WorkerAdmin;
}

/** Adds every route to `app`. All but the actions on workers are read with GET or HEAD. */
export function addRoutes(app: FastifyInstance, sources: RouteSources): void {
  const { health, metrics, sessions, condition } = sources;

  app.get('/health', (_request, reply) => {
    const report = reportHealth(health.check(), condition());
    return reply.code(report.status === 'unavailable' ? 503 : 200).send(report);
  });
  app.get('/livez', (_request, reply) => reply.send({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const readiness = reportReadiness(health.check(), condition());
    return reply.code(readiness.status === 'ready' ? 200 : 503).send(readiness);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.render()),
  );
  app.get<{ Querystring: { limit?: unknown } }>('/v1/sessions', (request, reply) => {
    const limit = parseListLimit(request.query.limit);
    if (limit !== undefined) return reply.send(listSessions(sessions(), limit));
    const expected = `"limit" must be a whole number from 1 to ${SESSION_LIST_LIMITS.max}`;
    return reply.code(400).send(errorBody('INVALID_REQUEST', expected));
  });
  if (sources.workers !== undefined) addWorkerRoutes(app, sources.workers, sources.workerAdmin);
  app.get('/ws', (_request, reply) =>
    reply
      .code(426)
      .header('upgrade', 'websocket')
      .send(errorBody('UPGRADE_REQUIRED', 'connect here with a WebSocket client')),
  );
  for (const file of readPageFiles()) {
    app.get(file.path, (request, reply) => {
      void reply
        .header('cache-control', 'no-cache')
        .header('etag', file.etag)
        .header('content-security-policy', PAGE_SECURITY_POLICY);
      if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
      return reply.type(file.contentType).send(file.body);
    });
  }
}

/** Answers what no route does: other methods with 405, other paths with 404 and the paths that exist. */
export function addRefusals(app: FastifyInstance): void {
  // Before the body is looked at: what it holds makes no difference.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'GET' || request.method === 'HEAD' || !request.is404) {
      done();
      return;
    }
    if (!app.hasRoute({ method: 'GET', url: pathOf(request.url) })) {
      sendNotFound(reply);
      return;
    }
    const message = `${request.method} is not possible here: use GET`;
    void reply.code(405).header('allow', 'GET, HEAD').send(errorBody('METHOD_NOT_ALLOWED', message));
  });
  app.setNotFoundHandler((_request, reply) => {
    sendNotFound(reply);
  });
}

function sendNotFound(reply: FastifyReply): void {
  void reply.code(404).send(errorBody('NOT_FOUND', `there is nothing here; try ${PUBLIC_PATHS.join(', ')}`));
}
