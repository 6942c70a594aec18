import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import type { LoadModelResponse, TTSServiceClient, WorkerRecord } from '@parley/worker-api';
import type { AdminResult, WorkerAdmin } from '../http/index.ts';
import type { LoadLock } from '../routing/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { DrainMarks } from './drain-marks.ts';

/** A connection to a worker for one call. */
export interface AdminConnection {
  readonly client: TTSServiceClient;
  /** Gives it back. Idempotent. */
  release(): void;
}

/** Options of {@link createGrpcWorkerAdmin}. */
export interface GrpcWorkerAdminOptions {
  /** The worker of this name; `epoch` as in its record. */
  readonly find: (workerName: string) => Pick<WorkerRecord, 'addr' | 'epoch'> | undefined;
  /** As `WorkerChannels.acquire`; what it throws is told as unreachable. */
  readonly connect: (addr: string) => AdminConnection;
  /** Without marks, as with static routing, nothing can be drained. */
  readonly marks?: DrainMarks;
  /** One load at a time on a worker, whoever asks for it; without it the worker alone sees to that. */
  readonly loadLock?: LoadLock;
  readonly clock: Clock;
  /** A load that takes longer is answered before its end, in ms; 45,000 by default. */
  readonly answerAfterMs?: number;
}

/** HTTP clients give up sooner or later; a model may take long. */
const ANSWER_AFTER_MS = 45_000;
const LOAD_DEADLINE_MS = 15 * 60_000;
const UNLOAD_DEADLINE_MS = 30_000;

/** Acts on workers by their gRPC calls and by marks beside the registry. It owns nothing that it was given. */
export function createGrpcWorkerAdmin(options: GrpcWorkerAdminOptions): WorkerAdmin {
  const { find, connect, marks, loadLock, clock, answerAfterMs = ANSWER_AFTER_MS } = options;

  const load = async (workerName: string, modelId: string): Promise<AdminResult> => {
    const addr = find(workerName)?.addr;
    if (addr === undefined) return { kind: 'unknown_worker' };
    const permit =
      loadLock === undefined ? undefined : await loadLock.tryAcquire(workerName, LOAD_DEADLINE_MS);
    if (loadLock !== undefined && permit === undefined) {
      return {
        kind: 'refused',
        message: `${workerName} is loading another model; try again when it is done`,
      };
    }
    try {
      return await ask<LoadModelResponse>(
        connect,
        addr,
        (client, reply) =>
          client.loadModel(
            { modelId, preloadOnly: false },
            new Metadata(),
            deadlineIn(clock, LOAD_DEADLINE_MS),
            reply,
          ),
        ({ loadDurationMs }) => `${modelId} is loaded on ${workerName} (${loadDurationMs} ms)`,
      );
    } finally {
      await permit?.release();
    }
  };

  return {
    async drain(workerName) {
      const worker = find(workerName);
      if (worker === undefined) return { kind: 'unknown_worker' };
      if (marks === undefined)
        return {
          kind: 'refused',
          message: 'a fixed worker cannot be drained: change routing.static_worker_addr',
        };
      return stored(marks.mark(workerName, worker.epoch), `${workerName} gets no new sessions`);
    },
    async undrain(workerName) {
      if (find(workerName) === undefined) return { kind: 'unknown_worker' };
      if (marks === undefined) return { kind: 'refused', message: 'a fixed worker cannot be drained' };
      return stored(marks.unmark(workerName), `${workerName} gets sessions, unless it is leaving by itself`);
    },
    async loadModel(workerName, modelId) {
      const { promise: late, resolve } = Promise.withResolvers<AdminResult>();
      const message = `${modelId} is still being loaded on ${workerName}`;
      const timer = clock.setTimer(answerAfterMs, () => resolve({ kind: 'under_way', message }));
      const loading = load(workerName, modelId).catch((error: unknown): AdminResult => unreachable(error));
      const result = await Promise.race([loading, late]);
      timer.cancel();
      return result;
    },
    async unloadModel(workerName, modelId) {
      const addr = find(workerName)?.addr;
      if (addr === undefined) return { kind: 'unknown_worker' };
      return ask(
        connect,
        addr,
        (client, reply) =>
          client.unloadModel({ modelId }, new Metadata(), deadlineIn(clock, UNLOAD_DEADLINE_MS), reply),
        // A worker that did it has nothing to say; it says so when there was nothing to do.
        ({ message }) =>
          message === '' ? `${modelId} is unloaded from ${workerName}` : `${workerName}: ${message}`,
      );
    },
  };
}

interface Answer {
  readonly success: boolean;
  readonly message: string;
}

async function ask<Response extends Answer>(
  connect: GrpcWorkerAdminOptions['connect'],
  addr: string,
  call: (
    client: TTSServiceClient,
    reply: (error: ServiceError | null, response: Response) => void,
  ) => unknown,
  describe: (response: Response) => string,
): Promise<AdminResult> {
  let connection: AdminConnection | undefined;
  try {
    connection = connect(addr);
    const { client } = connection;
    const response = await new Promise<Response>((resolve, reject) => {
      call(client, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
    if (!response.success)
      return { kind: 'refused', message: response.message || 'the worker gave no reason' };
    return { kind: 'done', message: describe(response) };
  } catch (error) {
    return unreachable(error);
  } finally {
    connection?.release();
  }
}

function unreachable(error: unknown): AdminResult {
  const message = error instanceof Error ? error.message : String(error);
  const isUnknown = error instanceof Error && 'code' in error && error.code === status.UNIMPLEMENTED;
  return isUnknown
    ? { kind: 'refused', message: 'the worker does not know how to do that' }
    : { kind: 'unreachable', message: `the worker did not answer: ${message}` };
}

async function stored(storing: Promise<void>, message: string): Promise<AdminResult> {
  try {
    await storing;
    return { kind: 'done', message };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'unreachable', message: `it could not be stored in the registry: ${reason}` };
  }
}

function deadlineIn(clock: Clock, ms: number): { readonly deadline: number } {
  return { deadline: clock.wallMs() + ms };
}
