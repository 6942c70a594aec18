import { parseWorkerAddress } from './worker-address.ts';

/** What a worker can do. Field names are those of the JSON in the registry. */
export interface WorkerCapabilities {
  /** Sends audio while it is still synthesizing. */
  readonly streaming: boolean;
  /** Can speak in a voice given by a sample. */
  readonly zero_shot: boolean;
  readonly lora?: boolean;
  readonly cpu_ok?: boolean;
  /** Language tags, e.g. `en` or `pt-BR`. Empty means not stated: the worker may be tried for any. */
  readonly languages: readonly string[];
  readonly emotive_zero_prompt?: boolean;
  /** Sessions it holds at once, at least 1. */
  readonly max_concurrent_sessions: number;
}

/** How a worker is doing. */
export interface WorkerMetrics {
  /** Real-time factor: seconds of synthesis for one second of audio. 0 until known. */
  readonly rtf: number;
  /** Sessions that are active now. */
  readonly queue_depth: number;
  /** Median time to first audio in milliseconds. 0 until known. */
  readonly p50_latency_ms: number;
}

/** A model that a worker serves or could load. */
export interface WorkerModel {
  readonly model_id: string;
  readonly family: string;
  readonly languages: readonly string[];
  readonly is_loaded: boolean;
  /** Values of the session option `voice` that this model knows. */
  readonly voices?: readonly string[];
}

/**
 * A worker as the registry holds it: JSON, snake_case. Everything from `models` on is Parley's addition
 * that other people's workers may leave out.
 */
export interface WorkerRecord {
  readonly name: string;
  /** `grpc://host:port`; read it with `parseWorkerAddress`. */
  readonly addr: string;
  readonly capabilities: WorkerCapabilities;
  readonly resident_models: readonly string[];
  readonly metrics: WorkerMetrics;
  /** All models it could serve, resident or not. Absent: only `resident_models` are known. */
  readonly models?: readonly WorkerModel[];
  /** Unix time of the last heartbeat in seconds, with fraction. */
  readonly last_heartbeat_ts?: number;
  /** Grows with every start of the worker of this name, so that an old life's leases are told apart. */
  readonly epoch?: number;
  /** Takes no new sessions and will leave. */
  readonly draining?: boolean;
  readonly version?: string;
}

/** Result of {@link parseWorkerRecord}. */
export type WorkerRecordResult =
  | { readonly kind: 'ok'; readonly record: WorkerRecord }
  | { readonly kind: 'invalid'; readonly problem: string };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a worker's record, made by any version of any worker. Only `name` and `addr` are required, the
 * latter as `parseWorkerAddress` reads it; any other missing or mistyped field gets a default (not streaming, one session, no models, metrics 0), and
 * unknown fields are left out.
 *
 * @param value JSON text, or a decoded object. Nested fields may be JSON text, as in a Redis hash.
 */
export function parseWorkerRecord(value: unknown): WorkerRecordResult {
  const decoded = decodeJson(value);
  if (!isObject(decoded)) {
    return { kind: 'invalid', problem: `a worker record must be a JSON object, not ${describe(decoded)}` };
  }
  const name = decoded['name'];
  if (typeof name !== 'string' || name === '') {
    return { kind: 'invalid', problem: `worker record: "name" must be text, not ${describe(name)}` };
  }
  const addr = decoded['addr'];
  if (typeof addr !== 'string' || addr === '') {
    return {
      kind: 'invalid',
      problem: `worker record of ${name}: "addr" must be text, not ${describe(addr)}`,
    };
  }
  const address = parseWorkerAddress(addr);
  if (address.kind === 'invalid') {
    return { kind: 'invalid', problem: `worker record of ${name}: ${address.problem}` };
  }
  const metrics = objectOf(decoded['metrics']);
  return {
    kind: 'ok',
    record: {
      name,
      addr,
      capabilities: readCapabilities(objectOf(decoded['capabilities'])),
      resident_models: textsOf(decoded['resident_models']) ?? [],
      metrics: {
        rtf: notNegative(metrics['rtf']) ?? 0,
        queue_depth: notNegative(metrics['queue_depth']) ?? 0,
        p50_latency_ms: notNegative(metrics['p50_latency_ms']) ?? 0,
      },
      ...optional('models', modelsOf(decoded['models'])),
      ...optional('last_heartbeat_ts', notNegative(decoded['last_heartbeat_ts'])),
      ...optional('epoch', notNegative(decoded['epoch'])),
      ...optional('draining', flagOf(decoded['draining'])),
      ...optional('version', textOf(decoded['version'])),
    },
  };
}

/** Writes a record as the JSON text that a registry stores. */
export function formatWorkerRecord(record: WorkerRecord): string {
  return JSON.stringify(record);
}

function readCapabilities(fields: Fields): WorkerCapabilities {
  const sessions = notNegative(fields['max_concurrent_sessions']) ?? 1;
  return {
    streaming: flagOf(fields['streaming']) ?? false,
    zero_shot: flagOf(fields['zero_shot']) ?? false,
    ...optional('lora', flagOf(fields['lora'])),
    ...optional('cpu_ok', flagOf(fields['cpu_ok'])),
    languages: textsOf(fields['languages']) ?? [],
    ...optional('emotive_zero_prompt', flagOf(fields['emotive_zero_prompt'])),
    max_concurrent_sessions: Math.max(1, Math.floor(sessions)),
  };
}

function modelsOf(value: unknown): WorkerModel[] | undefined {
  const list = decodeJson(value);
  if (!Array.isArray(list)) return undefined;
  const models: WorkerModel[] = [];
  for (const entry of list) {
    const fields = objectOf(entry);
    const modelId = textOf(fields['model_id']);
    if (modelId === undefined || modelId === '') continue;
    models.push({
      model_id: modelId,
      family: textOf(fields['family']) ?? '',
      languages: textsOf(fields['languages']) ?? [],
      is_loaded: flagOf(fields['is_loaded']) ?? false,
      ...optional('voices', textsOf(fields['voices'])),
    });
  }
  return models;
}

/** `{ [key]: value }`, or nothing: an absent optional field stays absent. */
function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  const fields: { [K in Key]?: Value } = {};
  if (value !== undefined) fields[key] = value;
  return fields;
}

function decodeJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectOf(value: unknown): Fields {
  const decoded = decodeJson(value);
  return isObject(decoded) ? decoded : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: unknown): string[] | undefined {
  const list = decodeJson(value);
  return Array.isArray(list) ? list.filter((entry): entry is string => typeof entry === 'string') : undefined;
}

function flagOf(value: unknown): boolean | undefined {
  if (value === 'true') return true;
  if (value === 'false') return false;
  return typeof value === 'boolean' ? value : undefined;
}

function notNegative(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (value === '') return 'empty';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
