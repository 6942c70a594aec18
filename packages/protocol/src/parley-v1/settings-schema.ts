import { z } from 'zod';
import { MAX_TEXT_CHARACTERS } from '../client-messages.ts';
import { listNames } from '../describe-value.ts';
import {
  AUDIO_CONTAINERS,
  AUDIO_ENCODINGS,
  INPUT_SAMPLE_RATES_HZ,
  OUTPUT_SAMPLE_RATES_HZ,
  type AudioEncoding,
} from './audio-format.ts';
import type { SessionUpdateMessage } from './client-messages.ts';
import { RESPONDER_MODES, VAD_ENGINE_NAMES } from './settings.ts';

/** Most entries of `metadata`. */
const MAX_METADATA_ENTRIES = 32;
/** Most characters of a key and of a value of `metadata`. */
const MAX_METADATA_KEY_CHARACTERS = 64;
const MAX_METADATA_VALUE_CHARACTERS = 512;

function oneOf<const Names extends readonly string[]>(names: Names): z.ZodType<Names[number]> {
  return z.enum(names, listNames(names));
}

function name(): z.ZodType<string> {
  const expected = 'a string of 1 to 128 characters without control characters';
  return z.string(expected).regex(/^[^\p{Cc}]{1,128}$/u, expected);
}

function whole(min: number, max: number): z.ZodType<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return z.int(expected).min(min, expected).max(max, expected);
}

/** An object in which an unknown field is a problem of its own: a mistyped setting must not be lost. */
function group<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return 'an object';
      return `there are ${Object.keys(shape).join(', ')}`;
    },
  });
}

function format(ratesHz: Readonly<Record<AudioEncoding, readonly number[]>>): {
  readonly fields: {
    readonly encoding: z.ZodExactOptional<z.ZodType<AudioEncoding>>;
    readonly sample_rate: z.ZodExactOptional<z.ZodType<number>>;
  };
  readonly check: (
    value: { encoding?: AudioEncoding | undefined; sample_rate?: number | undefined },
    context: z.core.$RefinementCtx,
  ) => void;
} {
  const all = [...new Set(Object.values(ratesHz).flat())].toSorted((a, b) => a - b);
  const expected = `one of ${all.join(', ')}`;
  return {
    fields: {
      encoding: oneOf(AUDIO_ENCODINGS).exactOptional(),
      sample_rate: z
        .number(expected)
        .refine((rate) => all.includes(rate), expected)
        .exactOptional(),
    },
    check: ({ encoding, sample_rate: rate }, context) => {
      if (encoding === undefined || rate === undefined || ratesHz[encoding].includes(rate)) return;
      const message = `${ratesHz[encoding].join(', ')} for "${encoding}"`;
      context.addIssue({ code: 'custom', path: ['sample_rate'], message });
    },
  };
}

const output = format(OUTPUT_SAMPLE_RATES_HZ);
const input = format(INPUT_SAMPLE_RATES_HZ);
const flag = z.boolean('true or false');
const instructions = z
  .string('a string or null')
  .max(MAX_TEXT_CHARACTERS, `at most ${MAX_TEXT_CHARACTERS} characters`);

const METADATA = `an object of at most ${MAX_METADATA_ENTRIES} strings`;

const metadata = z
  .record(
    z.string(METADATA).max(MAX_METADATA_KEY_CHARACTERS, `under ${MAX_METADATA_KEY_CHARACTERS} characters`),
    z
      .string('a string')
      .max(MAX_METADATA_VALUE_CHARACTERS, `at most ${MAX_METADATA_VALUE_CHARACTERS} characters`),
    METADATA,
  )
  .refine((entries) => Object.keys(entries).length <= MAX_METADATA_ENTRIES, METADATA);

const vad = group({
  enabled: flag.exactOptional(),
  engine: oneOf(VAD_ENGINE_NAMES).exactOptional(),
  aggressiveness: whole(0, 3).exactOptional(),
  min_speech_duration_ms: whole(0, 10_000).exactOptional(),
  min_silence_duration_ms: whole(0, 10_000).exactOptional(),
  speaking_threshold_multiplier: z
    .number('a number from 1 to 10')
    .min(1, 'a number from 1 to 10')
    .max(10, 'a number from 1 to 10')
    .exactOptional(),
  min_interruption_ms: whole(0, 10_000).exactOptional(),
  min_interruption_words: whole(0, 20).exactOptional(),
  false_interruption_timeout_ms: whole(0, 10_000).exactOptional(),
});

/** Schema of a `session_update`; each message of an issue says what the field must be. */
export const sessionUpdateSchema: z.ZodType<SessionUpdateMessage> = group({
  type: z.literal('session_update'),
  language: name().exactOptional(),
  voice: name().nullable().exactOptional(),
  model_id: name().nullable().exactOptional(),
  output: group({ ...output.fields, container: oneOf(AUDIO_CONTAINERS).exactOptional() })
    .superRefine(output.check)
    .exactOptional(),
  input: group(input.fields).superRefine(input.check).exactOptional(),
  vad: vad.exactOptional(),
  asr: group({
    enabled: flag.exactOptional(),
    language: name().exactOptional(),
    endpointing_ms: whole(0, 10_000).exactOptional(),
  }).exactOptional(),
  responder: group({
    mode: oneOf(RESPONDER_MODES).exactOptional(),
    instructions: instructions.nullable().exactOptional(),
  }).exactOptional(),
  playout_lead_ms: whole(0, 2000).exactOptional(),
  metadata: metadata.exactOptional(),
});
