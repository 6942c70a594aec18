import { basename, resolve } from 'node:path';
import * as z from 'zod';
import { numberLike } from '../../number-like.ts';
import { WorkerError } from '../../worker-error.ts';

/** Options of the `sherpa` engine, by the names that `parley worker -O name=value` takes. */
export interface SherpaOptions {
  /** Folders of models, `a,b`, the default first. The id of a model is its folder's name, or `id` in `id=folder`. */
  readonly models: readonly ModelFolder[];
  /** BCP-47 tags of what the models speak, `en,de`; what their files say by default. */
  readonly languages: readonly string[];
  /** Names of speakers 0, 1, 2, …; what the files say by default. A session may also give a speaker's number. */
  readonly voices: readonly string[];
  /** Voice, or number of the speaker, of sessions that name none; speaker 0 by default. */
  readonly voice?: string | undefined;
  /** Matcha: the file of the vocoder; the one in the model's folder by default. */
  readonly vocoder?: string | undefined;
  /** Processes for each model, 1-64; each speaks one text at a time and has the model in memory. 1 by default. */
  readonly processes: number;
  /** Texts that may wait for a process of a model, 0-10,000; 64 by default. One more is refused. */
  readonly max_waiting: number;
  /** Threads of each process, 1-64; 2 by default. */
  readonly threads: number;
  /** What computes: `cpu` by default, or what the library was built with, such as `cuda`. */
  readonly provider: string;
  /** Longest time to load a model, in ms, 100-3,600,000; 120,000 by default. */
  readonly load_timeout_ms: number;
  /** A process that gives nothing of a piece of text for so long is ended, in ms, 100-600,000; 30,000 by default. */
  readonly silence_timeout_ms: number;
}

/** Where a model lies. */
export interface ModelFolder {
  readonly modelId: string;
  /** Absolute. */
  readonly path: string;
}

const text = z.string().trim().min(1);
const whole = (min: number, max: number): z.ZodType<number> => numberLike(z.number().int().min(min).max(max));
const split = (value: unknown): unknown =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean)
    : value;
const parts = z.preprocess(split, z.array(text));
const noModels = 'must name the folder of a model, such as ./vits-piper-en_US-amy-low';
const folders = z.preprocess(split, z.array(text, { error: noModels }).min(1, noModels));
const schema = z.strictObject({
  models: folders.transform((given) =>
    given.map((folder): ModelFolder => {
      const [, id, path] = /^([\w.-]+)=(.+)$/u.exec(folder) ?? [];
      const absolute = resolve(path ?? folder);
      return { modelId: id ?? basename(absolute), path: absolute };
    }),
  ),
  languages: parts.default([]),
  voices: parts.default([]),
  voice: z.coerce.string().trim().min(1).optional(),
  vocoder: text.optional(),
  processes: whole(1, 64).default(1),
  max_waiting: whole(0, 10_000).default(64),
  threads: whole(1, 64).default(2),
  provider: text.default('cpu'),
  load_timeout_ms: whole(100, 3_600_000).default(120_000),
  silence_timeout_ms: whole(100, 600_000).default(30_000),
});

/**
 * Reads the options; all problems are told at once.
 *
 * @throws WorkerError `BAD_OPTIONS`
 */
export function parseSherpaOptions(values: Readonly<Record<string, unknown>>): SherpaOptions {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  );
  throw new WorkerError('BAD_OPTIONS', `sherpa options: ${problems.join('; ')}`);
}
