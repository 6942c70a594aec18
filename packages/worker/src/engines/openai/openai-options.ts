import * as z from 'zod';
import { numberLike } from '../../number-like.ts';
import { WorkerError } from '../../worker-error.ts';

/** Options of the `openai` engine, by the names that `parley worker -O name=value` takes. */
export interface OpenAiOptions {
  /** Base address of the server: `https://api.openai.com/v1`, `http://127.0.0.1:8880/v1`. */
  readonly url: string;
  /** Sent as bearer token; none by default. Other users of the machine see command lines: prefer `api_key_file`. */
  readonly api_key?: string | undefined;
  /** File that holds the key; blanks around it do not count. */
  readonly api_key_file?: string | undefined;
  /** Ids of models to offer, `a,b`, the default first; what `/models` of the server lists by default. */
  readonly models: readonly string[];
  /** Voices that sessions may name, `a,b`; empty, the default, leaves it to the server to refuse. */
  readonly voices: readonly string[];
  /** Voice of sessions that name none; the first of `voices`, or `alloy`. */
  readonly voice?: string | undefined;
  /** BCP-47 tags of what the models speak, `en,de`; not stated by default. */
  readonly languages: readonly string[];
  /** What is asked for: `pcm` (default), `wav`, `mp3` or `opus`. What comes is taken for what it is. */
  readonly response_format: 'pcm' | 'wav' | 'mp3' | 'opus';
  /** Rate of `pcm` answers in Hz, which do not tell it themselves; 24,000 by default. */
  readonly sample_rate: number;
  /** Sent as `instructions` with every text; none by default. */
  readonly instructions?: string | undefined;
  /** Longest time to connect, in ms, 10-600,000; 2000 by default. */
  readonly connect_timeout_ms: number;
  /** Longest wait for the first audio once connected, in ms, 10-600,000; 10,000 by default. */
  readonly first_byte_timeout_ms: number;
  /** Longest silence within an answer, in ms, 10-600,000; 5000 by default. */
  readonly gap_timeout_ms: number;
  /** How often a text is tried again when no audio has come, 0-10; 2 by default. */
  readonly retries: number;
  /** Wait before the first retry, in ms, doubled by each further one and spread; 0-60,000, 200 by default. */
  readonly retry_delay_ms: number;
}

const text = z.string().trim().min(1);
const whole = (min: number, max: number): z.ZodType<number> => numberLike(z.number().int().min(min).max(max));
const list = z
  .preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((part) => part.trim())
            .filter(Boolean)
        : value,
    z.array(text),
  )
  .default([]);

const schema = z.strictObject({
  url: z.url({
    protocol: /^https?$/u,
    error: 'must be the address of a server, such as http://127.0.0.1:8880/v1',
  }),
  api_key: text.optional(),
  api_key_file: text.optional(),
  models: list,
  voices: list,
  voice: text.optional(),
  languages: list,
  response_format: z.enum(['pcm', 'wav', 'mp3', 'opus']).default('pcm'),
  sample_rate: whole(8000, 192_000).default(24_000),
  instructions: text.optional(),
  connect_timeout_ms: whole(10, 600_000).default(2000),
  first_byte_timeout_ms: whole(10, 600_000).default(10_000),
  gap_timeout_ms: whole(10, 600_000).default(5000),
  retries: whole(0, 10).default(2),
  retry_delay_ms: whole(0, 60_000).default(200),
});

/**
 * Reads the options; all problems are told at once.
 *
 * @throws WorkerError `BAD_OPTIONS`
 */
export function parseOpenAiOptions(values: Readonly<Record<string, unknown>>): OpenAiOptions {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  );
  throw new WorkerError('BAD_OPTIONS', `openai options: ${problems.join('; ')}`);
}
