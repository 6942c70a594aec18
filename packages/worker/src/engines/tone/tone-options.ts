import * as z from 'zod';
import type { SessionOptions } from '../../engine.ts';
import { numberLike } from '../../number-like.ts';

/** What a session does wrong, to test those who talk to it. Frames are counted from 0 in each text. */
export const ToneFault = {
  none: 'none',
  /** `StartSession` answers success=false. */
  refuseSession: 'refuse_session',
  /** No frame ever comes. */
  hangFirst: 'hang_first',
  /** Falls silent after `fault_after_frames` frames; the stream stays open. */
  hang: 'hang',
  /** Fails after `fault_after_frames` frames: gRPC status INTERNAL. */
  error: 'error',
  /** Every frame from `fault_after_frames` on lacks its last byte. */
  oddSize: 'odd_size',
  /** Frame `fault_after_frames` is empty without being final. */
  emptyFrame: 'empty_frame',
  /** Every frame from `fault_after_frames` on claims a sample rate of 1 Hz. */
  wrongRate: 'wrong_rate',
  /** The process exits at once with code 70 after `fault_after_frames` frames. */
  exit: 'exit',
} as const;

/** One of {@link ToneFault}. */
export type ToneFault = (typeof ToneFault)[keyof typeof ToneFault];

/**
 * How the tone engine speaks. Set for all sessions by engine options under these names, and for one session
 * by `StartSession` options with `tone.` before the name, e.g. `tone.fault: "hang_first"`.
 */
export interface ToneOptions {
  /** `counted` (default): sample n of a text is `countedSample(text, n)`. `sine`: a plain tone. */
  readonly mode: 'counted' | 'sine';
  /** Milliseconds of audio for each UTF-16 unit of text; 60 by default. */
  readonly ms_per_char: number;
  /** Milliseconds of audio for any text; 0, the default, goes by `ms_per_char`. */
  readonly duration_ms: number;
  /** How many times faster than real time audio comes; 0, the default, means as fast as it is taken. */
  readonly speed: number;
  /** Audio sent at once before `speed` counts, in milliseconds; 0 by default. */
  readonly lead_ms: number;
  /** Time before a text's first frame, in milliseconds; 0 by default. */
  readonly first_frame_delay_ms: number;
  /** 8000 to 48,000; 48,000 by default. */
  readonly sample_rate: number;
  /** Length of a frame, 1 to 1000 ms; 20 by default. */
  readonly frame_ms: number;
  /** Pitch in `sine` mode; 440 by default. */
  readonly frequency_hz: number;
  /** `none` by default. */
  readonly fault: ToneFault;
  /** Frames before the fault; 5 by default. */
  readonly fault_after_frames: number;
}

const prefix = 'tone.';
const amount = (max: number): z.ZodType<number> => numberLike(z.number().min(0).max(max));
const whole = (min: number, max: number): z.ZodType<number> => numberLike(z.number().int().min(min).max(max));

const fields = {
  mode: z.enum(['counted', 'sine']).default('counted'),
  ms_per_char: amount(3_600_000).default(60),
  duration_ms: amount(86_400_000).default(0),
  speed: amount(1000).default(0),
  lead_ms: amount(60_000).default(0),
  first_frame_delay_ms: amount(3_600_000).default(0),
  sample_rate: whole(8000, 48_000).default(48_000),
  frame_ms: whole(1, 1000).default(20),
  frequency_hz: whole(20, 4000).default(440),
  fault: z.enum(Object.values(ToneFault)).default('none'),
  fault_after_frames: whole(0, 1_000_000_000).default(5),
};
const schema = z.strictObject(fields);

/** Result of {@link parseToneOptions} and {@link sessionToneOptions}. */
export type ToneOptionsResult =
  | { readonly kind: 'ok'; readonly options: ToneOptions }
  | { readonly kind: 'invalid'; readonly problem: string };

/** Reads engine options; what is absent gets its default. All problems are told at once. */
export function parseToneOptions(values: Readonly<Record<string, unknown>>): ToneOptionsResult {
  const result = schema.safeParse(values);
  if (result.success) return { kind: 'ok', options: result.data };
  const problems = result.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter(Boolean).join(': '),
  );
  return { kind: 'invalid', problem: `tone options: ${problems.join('; ')}` };
}

/** The options of one session: those of the engine, changed by the session's own `tone.` options. */
export function sessionToneOptions(engine: ToneOptions, session: SessionOptions): ToneOptionsResult {
  const own = Object.entries(session).filter(([key]) => key.startsWith(prefix));
  if (own.length === 0) return { kind: 'ok', options: engine };
  return parseToneOptions({
    ...engine,
    ...Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])),
  });
}
