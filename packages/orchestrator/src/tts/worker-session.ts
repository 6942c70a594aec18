import { Metadata, status, type ClientUnaryCall, type ServiceError } from '@grpc/grpc-js';
import {
  SessionOption,
  PLACE_METADATA_KEYS,
  SILENCE_METADATA_KEY,
  type LoadModelResponse,
  type StartSessionResponse,
  type TTSServiceClient,
} from '@parley/worker-api';
import type { Clock } from '../session/ports/clock.ts';
import type { VoiceRequest } from '../session/ports/worker-pool.ts';
import type { WorkerPlace } from '../routing/index.ts';
import type { SpeechFailureReason } from './speech-metrics.ts';

/** A worker that did not take a session. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: SpeechFailureReason;
  /** For logs: holds what the worker said. */
  readonly message: string;
  /** May be shown to clients: one line, in which the worker's reason is cut short. */
  readonly summary: string;
  /** The worker is full, which passes. */
  readonly isBusy: boolean;
  /** The gRPC status of the answer, if it was an error. */
  readonly statusCode?: status;
  /** Whether the worker may have opened the session all the same. */
  readonly mayBeOpen: boolean;
}

/** Result of {@link startWorkerSession}. */
export type StartResult = { readonly kind: 'started' } | Refusal;

/** How long a worker may take to say goodbye, in ms. */
const END_TIMEOUT_MS = 1000;

type Unary<Response> = (
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

type UnaryResult<Response> =
  | { readonly kind: 'answered'; readonly response: Response }
  | { readonly kind: 'error'; readonly error: ServiceError }
  | { readonly kind: 'timeout' };

/** What {@link startWorkerSession} asks for. */
export interface StartRequest {
  readonly sessionId: string;
  readonly voice: VoiceRequest;
  readonly timeoutMs: number;
  /** How long the session will be silent at most, in ms: a worker may end it then. */
  readonly silenceMs: number;
  /** What the worker is told of the place that was taken there. */
  readonly place: Pick<WorkerPlace, 'lease' | 'epoch'>;
}

/** Opens the worker's side of a session, or opens it anew with another voice. Never rejects. */
export async function startWorkerSession(
  client: TTSServiceClient,
  clock: Clock,
  request: StartRequest,
  signal: AbortSignal,
): Promise<StartResult> {
  const { sessionId, voice, timeoutMs, silenceMs, place } = request;
  const metadata = new Metadata();
  metadata.set(SILENCE_METADATA_KEY, `${silenceMs}`);
  if (place.lease !== undefined) metadata.set(PLACE_METADATA_KEYS.leaseId, place.lease.id);
  if (place.epoch !== undefined) metadata.set(PLACE_METADATA_KEYS.epoch, `${place.epoch}`);
  const start: Unary<StartSessionResponse> = (callback) =>
    client.startSession(
      { sessionId, modelId: voice.modelId ?? '', options: optionsOf(voice) },
      metadata,
      callback,
    );
  const result = await callOnce(clock, timeoutMs, start, signal);
  switch (result.kind) {
    case 'answered':
      if (result.response.success) return { kind: 'started' };
      return refused(
        'start_refused',
        `it said: ${result.response.message}`,
        refusalSummary(result.response.message),
        false,
      );
    case 'timeout':
      return refused('start_timeout', `no answer in ${timeoutMs} ms`, 'A worker did not answer.', true);
    case 'error':
      return { ...fromError(result.error), statusCode: result.error.code };
    default:
      return result satisfies never;
  }
}

/** How {@link loadWorkerModel} ended. */
export type LoadResult =
  | { readonly kind: 'loaded' }
  /** `message` is for logs. */
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Asks a worker to have a model in memory, whether or not it has it already. One that does not know the request
 * may still load with the session, which counts as loaded. Never rejects.
 */
export async function loadWorkerModel(
  client: TTSServiceClient,
  clock: Clock,
  request: { readonly modelId: string; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<LoadResult> {
  const { modelId, timeoutMs } = request;
  const load: Unary<LoadModelResponse> = (callback) =>
    client.loadModel({ modelId, preloadOnly: false }, new Metadata(), callback);
  const result = await callOnce(clock, timeoutMs, load, signal);
  switch (result.kind) {
    case 'answered':
      return result.response.success
        ? { kind: 'loaded' }
        : { kind: 'failed', message: result.response.message };
    case 'timeout':
      return { kind: 'failed', message: `no answer in ${timeoutMs} ms` };
    case 'error':
      return result.error.code === status.UNIMPLEMENTED
        ? { kind: 'loaded' }
        : { kind: 'failed', message: result.error.message };
    default:
      return result satisfies never;
  }
}

/** Ends the worker's side of a session, whether or not the worker takes part. Never rejects; takes 1 s at most. */
export async function endWorkerSession(
  client: TTSServiceClient,
  clock: Clock,
  sessionId: string,
): Promise<void> {
  await callOnce(clock, END_TIMEOUT_MS, (callback) => client.endSession({ sessionId }, callback));
}

function optionsOf({ language, voice }: VoiceRequest): Record<string, string> {
  return {
    ...(language === undefined ? {} : { [SessionOption.language]: language }),
    ...(voice === undefined ? {} : { [SessionOption.voice]: voice }),
    [SessionOption.sampleRate]: '48000',
  };
}

function fromError({ code, message, details }: ServiceError): Refusal {
  switch (code) {
    case status.RESOURCE_EXHAUSTED:
      return { ...refused('start_refused', message, 'All workers are busy.', false), isBusy: true };
    case status.UNAVAILABLE:
      return refused('start_unreachable', message, 'A worker could not be reached.', false);
    default:
      return refused('start_refused', message, refusalSummary(blamesRequest.has(code) ? details : ''), true);
  }
}

/** Answers in which a worker speaks of what was asked for; others may speak of its insides. */
const blamesRequest: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.FAILED_PRECONDITION,
]);

/** Longest part of what a worker said that clients are shown, in characters. */
const MAX_REASON_CHARACTERS = 200;

function refusalSummary(reason: string): string {
  const line = reason.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  if (line === '') return 'A worker refused the session.';
  return `A worker refused the session: ${line.slice(0, MAX_REASON_CHARACTERS).toWellFormed()}`;
}

function refused(reason: SpeechFailureReason, message: string, summary: string, mayBeOpen: boolean): Refusal {
  return { kind: 'refused', reason, message, summary, mayBeOpen, isBusy: false };
}

function callOnce<Response>(
  clock: Clock,
  timeoutMs: number,
  start: Unary<Response>,
  signal?: AbortSignal,
): Promise<UnaryResult<Response>> {
  return new Promise((resolve) => {
    const call = start((error, response) => {
      finish(error === null ? { kind: 'answered', response } : { kind: 'error', error });
    });
    const finish = (result: UnaryResult<Response>): void => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      resolve(result);
    };
    const abort = (): void => call.cancel();
    const timer = clock.setTimer(timeoutMs, () => {
      call.cancel();
      finish({ kind: 'timeout' });
    });
    signal?.addEventListener('abort', abort);
    if (signal?.aborted === true) abort();
  });
}
