import { z } from 'zod';
import { CLIENT_SCHEMAS, type DecodedClientMessage } from '../base-dialect/decode-client-message.ts';
import { decodeJson } from '../decode-json.ts';
import { isUtteranceId, UTTERANCE_ID_RULE, type ClientMessageV1 } from './client-messages.ts';
import { sessionUpdateSchema } from './settings-schema.ts';

/** What came of {@link decodeClientMessageV1}. */
export type DecodedClientMessageV1 =
  | { readonly kind: 'ok'; readonly message: ClientMessageV1 }
  /** `problem` names each wrong field, what it must be and what came; the detail of an `INVALID_MESSAGE`. */
  | Extract<DecodedClientMessage, { kind: 'invalid' }>;

/** Most wrong fields that one answer names. */
const MAX_PROBLEMS = 8;

/**
 * Decodes a text message of `parley.v1`; never throws. Unknown fields are ignored but in `session_update`,
 * where they are refused; defaults are filled in, and lone surrogates in `text` become U+FFFD.
 */
export function decodeClientMessageV1(text: string): DecodedClientMessageV1 {
  const result = decodeJson(text, SCHEMAS, MAX_PROBLEMS);
  return result.kind === 'unknown_type' ? { kind: 'invalid', problem: result.problem } : result;
}

const UTTERANCE_ID = `a string of ${UTTERANCE_ID_RULE}`;

const textSchema = z.intersection(
  CLIENT_SCHEMAS.text,
  z.object({
    utterance_id: z.string(UTTERANCE_ID).refine(isUtteranceId, UTTERANCE_ID).exactOptional(),
  }),
);

function position<const Type extends string>(
  type: Type,
): z.ZodObject<{ type: z.ZodLiteral<Type>; generation: z.ZodType<number>; samples: z.ZodType<number> }> {
  return z.object({
    type: z.literal(type),
    generation: whole(0xffff_ffff),
    samples: whole(Number.MAX_SAFE_INTEGER),
  });
}

function whole(max: number): z.ZodType<number> {
  const expected = `a whole number from 0 to ${max}`;
  return z.int(expected).min(0, expected).max(max, expected);
}

const SCHEMAS: ReadonlyMap<string, z.ZodType<ClientMessageV1>> = new Map<string, z.ZodType<ClientMessageV1>>([
  ...Object.entries(CLIENT_SCHEMAS),
  ['text', textSchema],
  ['session_update', sessionUpdateSchema],
  ['played', position('played')],
  ['cleared', position('cleared')],
  ['ping', z.object({ type: z.literal('ping'), t: z.number('a number') })],
  ['end_session', z.object({ type: z.literal('end_session') })],
]);
