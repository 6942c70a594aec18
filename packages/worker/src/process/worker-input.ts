import { DEFAULT_WORKER_KEY_PREFIX, parseWorkerAddress } from '@parley/worker-api';
import * as z from 'zod';
import { numberLike } from '../number-like.ts';

/** What a worker process is told, by command line or as JSON. Numbers may be given as text. */
export interface WorkerInput {
  /** What speaks: `espeak`, the default, `tone`, `openai` or `sherpa`. */
  readonly engine: 'espeak' | 'tone' | 'openai' | 'sherpa';
  /** Unique name in the registry; `<engine>-<machine>-<process id>` by default. */
  readonly name?: string | undefined;
  /** Address to listen on; `127.0.0.1` by default. */
  readonly host: string;
  /** Port to listen on, 0-65535; 7001 by default, 0 takes any free one. */
  readonly port: number;
  /** `grpc://host:port` told to orchestrators; where it listens, by default. */
  readonly advertise?: string | undefined;
  /** Sessions at once, 1-100,000; 64 by default. */
  readonly maxSessions: number;
  /** Model of sessions that name none; the engine's first by default. */
  readonly defaultModel?: string | undefined;
  /** Models loaded at start beside the default, as a list or `a,b`; none by default. */
  readonly preload: readonly string[];
  /** An unused model is unloaded after so many seconds, 0-86,400; 600 by default, 0 means never. */
  readonly modelTtlSeconds: number;
  /** But it stays at least so many seconds, 0-86,400; 120 by default. */
  readonly modelMinResidencySeconds: number;
  /** Most models in memory, 1-10,000; 32 by default. */
  readonly maxResidentModels: number;
  /** Most models being loaded at once, 1-64; 2 by default. */
  readonly maxParallelLoads: number;
  /** A session unheard of for so many seconds is ended, 0-86,400; 600 by default, 0 means never. */
  readonly sessionIdleSeconds: number;
  /** Frame length in ms, 0-1000; 20 by default, 0 sends an engine's pieces as they come. */
  readonly frameMs: number;
  /** How the last frame is told; `marker` by default. */
  readonly finalFrame: 'marker' | 'data';
  /** Longest text of one chunk in characters, 1-250,000; 20,000 by default. */
  readonly maxTextLength: number;
  /** Longest wait for running speech at the end, in seconds, 0-3600; 30 by default. */
  readonly drainTimeoutSeconds: number;
  /** Life of the registry's record without a heartbeat, in seconds, 1-3600; 30 by default. */
  readonly registrationTtlSeconds: number;
  /** Where the worker makes itself known, `redis://[[user][:password]@]host[:port][/db]` or `rediss://`; nowhere by default. */
  readonly redisUrl?: string | undefined;
  /** Start of the keys of records there; `worker:` by default. */
  readonly redisKeyPrefix: string;
  /** `info` by default. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Options of the engine by name; see `ToneOptions`, `EspeakEngineOptions`, `OpenAiOptions`, `SherpaOptions`. None by default. */
  readonly engineOptions: Readonly<Record<string, string | number | boolean>>;
}

/** Result of {@link parseWorkerInput}. */
export type WorkerInputResult =
  | { readonly kind: 'ok'; readonly input: WorkerInput }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

const whole = (min: number, max: number): z.ZodType<number> => {
  const error = `must be a whole number from ${min} to ${max}`;
  return numberLike(z.number({ error }).int({ error }).min(min, { error }).max(max, { error }));
};
const amount = (min: number, max: number): z.ZodType<number> => {
  const error = `must be a number from ${min} to ${max}`;
  return numberLike(z.number({ error }).min(min, { error }).max(max, { error }));
};
const oneOf = <const Name extends string>(...names: readonly Name[]): z.ZodType<Name> =>
  z.enum(names, { error: `must be one of ${names.join(', ')}` });
const text = z.string().trim().min(1, { error: 'must not be empty' });
const workerAddress = text.superRefine((value, context) => {
  const parsed = parseWorkerAddress(value);
  if (parsed.kind === 'invalid') context.addIssue({ code: 'custom', message: parsed.problem });
});
const list = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
      : value,
  z.array(text),
);

const schema = z.strictObject({
  engine: oneOf('espeak', 'tone', 'openai', 'sherpa').default('espeak'),
  name: text.optional(),
  host: text.default('127.0.0.1'),
  port: whole(0, 65_535).default(7001),
  advertise: workerAddress.optional(),
  maxSessions: whole(1, 100_000).default(64),
  defaultModel: text.optional(),
  preload: list.default([]),
  modelTtlSeconds: amount(0, 86_400).default(600),
  modelMinResidencySeconds: amount(0, 86_400).default(120),
  maxResidentModels: whole(1, 10_000).default(32),
  maxParallelLoads: whole(1, 64).default(2),
  sessionIdleSeconds: amount(0, 86_400).default(600),
  frameMs: whole(0, 1000).default(20),
  finalFrame: oneOf('marker', 'data').default('marker'),
  maxTextLength: whole(1, 250_000).default(20_000),
  drainTimeoutSeconds: amount(0, 3600).default(30),
  registrationTtlSeconds: amount(1, 3600).default(30),
  redisUrl: z
    .string()
    .trim()
    .min(1, { error: 'must have the form redis://user:password@host:6379/0, or rediss:// for TLS' })
    .optional(),
  redisKeyPrefix: text.default(DEFAULT_WORKER_KEY_PREFIX),
  logLevel: oneOf('debug', 'info', 'warn', 'error', 'silent').default('info'),
  engineOptions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

/** Reads what a worker is told; unknown keys, wrong types and ranges are all reported at once. */
export function parseWorkerInput(value: unknown): WorkerInputResult {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { kind: 'ok', input: result.data };
  const problems = result.error.issues.map(({ path, message, input }) => {
    if (path.length === 0) return message;
    return `${path.join('.')}: ${message}${message.startsWith('must be') ? `, but is ${show(input)}` : ''}`;
  });
  // Half a number may be out of range as well, which the message holds already.
  return { kind: 'invalid', problems: [...new Set(problems)] };
}

function show(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 50)) : `a value of type ${typeof value}`;
}
