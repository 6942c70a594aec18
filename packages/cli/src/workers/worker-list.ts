import * as api from '../client/http-api.ts';
import { CliError } from '../cli-error.ts';

/** One model of a worker. */
export interface ModelRow {
  readonly worker: string;
  readonly id: string;
  readonly family: string;
  readonly languages: readonly string[];
  readonly isLoaded: boolean;
}

/** One worker, as the server lists it. */
export interface WorkerRow {
  readonly name: string;
  readonly addr: string;
  readonly state: string;
  readonly languages: readonly string[];
  readonly models: readonly ModelRow[];
  readonly used: number;
  /** `undefined` where it is not known. */
  readonly capacity: number | undefined;
  /** 0 until known, as is `rtf`. */
  readonly p50Ms: number;
  readonly rtf: number;
  /** Seconds since the last heartbeat. */
  readonly ageSeconds: number | undefined;
}

/** The workers of a server. */
export interface FetchedWorkers {
  readonly total: number;
  readonly workers: readonly WorkerRow[];
  /** The answer as it came, for `--json`. */
  readonly raw: unknown;
}

/** Asks a server for its workers, at most 1000. @throws CliError */
export async function fetchWorkers(url: string): Promise<FetchedWorkers> {
  const { status, body } = await api.askServer(url, '/v1/workers?limit=1000');
  const list = api.fieldOf(body, 'workers');
  if (status !== 200 || !Array.isArray(list)) {
    const message = api.refusalIn(body) ?? `the server answered ${status}`;
    throw new CliError('NOT_PARLEY', `The server lists no workers: ${message}.`);
  }
  const total = api.fieldOf(body, 'total');
  return { total: typeof total === 'number' ? total : list.length, workers: list.map(toRow), raw: body };
}

function toRow(value: unknown): WorkerRow {
  const field = (key: string): unknown => api.fieldOf(value, key);
  const name = textOf(field('name'));
  const models = field('models');
  const metrics = field('metrics');
  return {
    name,
    addr: textOf(field('addr')),
    state: textOf(field('state')),
    languages: textsOf(field('languages')),
    models: Array.isArray(models) ? models.map((model: unknown) => toModel(name, model)) : [],
    used: numberOf(api.fieldOf(field('sessions'), 'used')) ?? 0,
    capacity: numberOf(api.fieldOf(field('sessions'), 'capacity')),
    p50Ms: numberOf(api.fieldOf(metrics, 'p50_latency_ms')) ?? 0,
    rtf: numberOf(api.fieldOf(metrics, 'rtf')) ?? 0,
    ageSeconds: numberOf(field('heartbeat_age_seconds')),
  };
}

function toModel(worker: string, value: unknown): ModelRow {
  return {
    worker,
    id: textOf(api.fieldOf(value, 'model_id')),
    family: textOf(api.fieldOf(value, 'family')),
    languages: textsOf(api.fieldOf(value, 'languages')),
    isLoaded: api.fieldOf(value, 'is_loaded') === true,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
