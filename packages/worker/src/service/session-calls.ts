import { status } from '@grpc/grpc-js';
import {
  ControlCommand,
  type ControlRequest,
  type ControlResponse,
  type StartSessionRequest,
  type StartSessionResponse,
} from '@parley/worker-api';
import type { ModelLease } from '../models/model-manager.ts';
import { messageOf } from '../worker-error.ts';
import { RpcError } from './rpc-error.ts';
import type { ServiceContext } from './service-context.ts';
import type { SessionPlace } from './session-table.ts';
import { WorkerSession } from './worker-session.ts';

const MAX_ID_LENGTH = 256;
const MAX_OPTIONS = 64;
const MAX_OPTION_LENGTH = 1024;

/**
 * Opens a session, or gives an open one another model and other options. A model that cannot be had and
 * options the model refuses are answers, not errors. `silenceMs`: how long it will be silent at most.
 */
export async function startSession(
  request: StartSessionRequest,
  context: ServiceContext,
  silenceMs: number = Infinity,
): Promise<StartSessionResponse> {
  checkRequest(request);
  const { sessions, models } = context;
  const { sessionId, modelId, options } = request;
  const known = sessions.get(sessionId);
  const place = known === undefined ? reserve(sessionId, context) : undefined;
  try {
    let lease: ModelLease;
    try {
      lease = await models.acquire(modelId);
    } catch (error) {
      return { success: false, message: messageOf(error) };
    }
    const problem = optionsProblem(lease, options);
    if (problem !== undefined) {
      lease.release();
      return { success: false, message: problem };
    }
    const nowMs = context.clock.nowMs();
    const session = known ?? new WorkerSession(sessionId, lease, options, nowMs);
    // What became of the id meanwhile is another's: it may have been ended, and started anew.
    const isOurs = place === undefined ? sessions.get(sessionId) === known : sessions.add(session, place);
    if (!isOurs) {
      lease.release();
      return { success: false, message: `session ${sessionId} was ended while it started` };
    }
    if (known !== undefined) {
      known.replace(lease, options);
      known.lastUsedAtMs = nowMs;
    }
    session.silenceMs = silenceMs;
    return { success: true, message: '' };
  } finally {
    if (place !== undefined) sessions.giveUp(place);
  }
}

/** Ends a session, started or starting. Idempotent. */
export function endSession(sessionId: string, { sessions }: ServiceContext): { success: boolean } {
  sessions.remove(sessionId)?.end();
  return { success: true };
}

/** Acts on one session's speech. */
export async function control(request: ControlRequest, context: ServiceContext): Promise<ControlResponse> {
  const session = context.sessions.get(request.sessionId);
  if (session === undefined) throw unknownSession(request.sessionId);
  session.lastUsedAtMs = context.clock.nowMs();
  const problem = await act(session, request.command, context);
  return {
    success: problem === undefined,
    message: problem ?? '',
    timestampMs: Math.round(context.clock.wallMs()),
  };
}

/** The status of a call that names a session which is not open here. */
export function unknownSession(sessionId: string): RpcError {
  const id = JSON.stringify(sessionId.slice(0, MAX_ID_LENGTH));
  return new RpcError(status.NOT_FOUND, `there is no session ${id} on this worker; call StartSession first`);
}

async function act(
  session: WorkerSession,
  command: ControlCommand,
  { models }: ServiceContext,
): Promise<string | undefined> {
  switch (command) {
    case ControlCommand.PAUSE:
      session.pause();
      return undefined;
    case ControlCommand.RESUME:
      session.resume();
      return undefined;
    case ControlCommand.STOP:
      session.stop();
      return undefined;
    case ControlCommand.RELOAD:
      try {
        await models.reload(session.lease.modelId);
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    default:
      command satisfies never;
      return `command ${String(command)} is unknown; there are PAUSE, RESUME, STOP and RELOAD`;
  }
}

function checkRequest({ sessionId, options }: StartSessionRequest): void {
  if (sessionId === '' || sessionId.length > MAX_ID_LENGTH) {
    throw new RpcError(status.INVALID_ARGUMENT, `session_id must have 1 to ${MAX_ID_LENGTH} characters`);
  }
  const entries = Object.entries(options);
  const tooLong = entries.some(
    ([key, value]) => key.length > MAX_OPTION_LENGTH || value.length > MAX_OPTION_LENGTH,
  );
  if (entries.length > MAX_OPTIONS || tooLong) {
    const limits = `${MAX_OPTIONS} options of ${MAX_OPTION_LENGTH} characters`;
    throw new RpcError(status.INVALID_ARGUMENT, `a session may have at most ${limits}`);
  }
}

function reserve(sessionId: string, { sessions, maxSessions, isDraining }: ServiceContext): SessionPlace {
  if (isDraining())
    throw new RpcError(status.UNAVAILABLE, 'this worker is draining and takes no new sessions');
  const result = sessions.reserve(sessionId);
  if (result === 'full') {
    throw new RpcError(status.RESOURCE_EXHAUSTED, `all ${maxSessions} sessions of this worker are taken`);
  }
  if (result === 'starting')
    throw new RpcError(status.ABORTED, `session ${sessionId} is being started already`);
  return result;
}

function optionsProblem(lease: ModelLease, options: StartSessionRequest['options']): string | undefined {
  const { model, done } = lease.use();
  try {
    return model.checkOptions?.(options);
  } finally {
    done();
  }
}
