import { z } from 'zod';
import { decodeJson, type DecodeResult } from '../decode-json.ts';
import { listNames } from '../describe-value.ts';
import { ERROR_CODES } from '../error-table.ts';
import {
  SESSION_END_REASONS,
  SESSION_STATE_NAMES,
  UTTERANCE_END_REASONS,
  type ServerMessage,
} from '../server-messages.ts';

/**
 * Decodes a text message from a server of the base dialect; never throws. A type that this version does
 * not know is told apart as `unknown_type`, so that a client can ignore what newer servers add.
 */
export function decodeServerMessage(text: string): DecodeResult<ServerMessage> {
  return decodeJson(text, SCHEMAS);
}

const id = z.string('a string that is not empty').min(1, 'a string that is not empty');

function wholeNumber(min: number, max: number): z.ZodType<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return z.int(expected).min(min, expected).max(max, expected);
}

function oneOf<const Names extends readonly string[]>(names: Names): z.ZodType<Names[number]> {
  return z.enum(names, listNames(names));
}

const SCHEMAS: ReadonlyMap<string, z.ZodType<ServerMessage>> = new Map<string, z.ZodType<ServerMessage>>([
  ['session_start', z.object({ type: z.literal('session_start'), session_id: id })],
  [
    'audio',
    z.object({
      type: z.literal('audio'),
      pcm: z.string('a string of base64'),
      sample_rate: wholeNumber(1, 1_000_000),
      frame_ms: wholeNumber(1, 10_000),
      sequence: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    }),
  ],
  [
    'session_end',
    z.object({ type: z.literal('session_end'), session_id: id, reason: oneOf(SESSION_END_REASONS) }),
  ],
  ['error', z.object({ type: z.literal('error'), message: z.string('a string'), code: oneOf(ERROR_CODES) })],
  ['state', z.object({ type: z.literal('state'), state: oneOf(SESSION_STATE_NAMES) })],
  [
    'utterance_start',
    z.object({
      type: z.literal('utterance_start'),
      utterance_id: id,
      generation: wholeNumber(0, 0xffff_ffff),
    }),
  ],
  [
    'utterance_end',
    z.object({ type: z.literal('utterance_end'), utterance_id: id, reason: oneOf(UTTERANCE_END_REASONS) }),
  ],
]);
