import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorBody, errorBody } from './answers.ts';
import { requestProblem } from './local-request.ts';
import { parseListLimit } from './session-list.ts';
import type { AdminResult, WorkerAdmin } from './worker-admin.ts';
import { WORKER_LIST_LIMITS, type WorkerDirectory } from './worker-list.ts';

interface WorkerParams {
  readonly name: string;
}
interface ModelParams extends WorkerParams {
  readonly model: string;
}

/** Adds `/v1/workers` and, below it, what operators of this machine can do to a worker. */
export function addWorkerRoutes(
  app: FastifyInstance,
  directory: WorkerDirectory,
  admin: WorkerAdmin | undefined,
): void {
  app.get<{ Querystring: { limit?: unknown } }>('/v1/workers', (request, reply) => {
    const limit = parseListLimit(request.query.limit);
    if (limit !== undefined) return reply.send(directory.list(limit));
    const expected = `"limit" must be a whole number from 1 to ${WORKER_LIST_LIMITS.max}`;
    return reply.code(400).send(errorBody('INVALID_REQUEST', expected));
  });
  if (admin === undefined) return;

  const local = { onRequest: refuseStrangers };
  app.post<{ Params: WorkerParams }>('/v1/workers/:name/drain', local, async ({ params }, reply) =>
    answer(reply, params, await admin.drain(params.name)),
  );
  app.post<{ Params: WorkerParams }>('/v1/workers/:name/undrain', local, async ({ params }, reply) =>
    answer(reply, params, await admin.undrain(params.name)),
  );
  app.post<{ Params: ModelParams }>(
    '/v1/workers/:name/models/:model/load',
    local,
    async ({ params }, reply) => answer(reply, params, await admin.loadModel(params.name, params.model)),
  );
  app.post<{ Params: ModelParams }>(
    '/v1/workers/:name/models/:model/unload',
    local,
    async ({ params }, reply) => answer(reply, params, await admin.unloadModel(params.name, params.model)),
  );
}

async function refuseStrangers(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const problem = requestProblem(request.raw);
  if (problem !== undefined) await reply.code(403).send(errorBody('FORBIDDEN', problem));
}

function answer(reply: FastifyReply, { name }: WorkerParams, result: AdminResult): FastifyReply {
  const refuse = (status: number, code: ErrorBody['error']['code'], message: string): FastifyReply =>
    reply.code(status).send(errorBody(code, message));
  switch (result.kind) {
    case 'done':
    case 'under_way':
      return reply
        .code(result.kind === 'done' ? 200 : 202)
        .send({ status: result.kind, message: result.message });
    case 'unknown_worker':
      return refuse(404, 'NOT_FOUND', `there is no worker ${JSON.stringify(name)}; /v1/workers lists them`);
    case 'refused':
      return refuse(409, 'REFUSED', result.message);
    case 'unreachable':
      return refuse(502, 'UNREACHABLE', result.message);
    default:
      return result satisfies never;
  }
}
