import { z } from 'zod';
import {
  CONTROL_COMMANDS,
  MAX_TEXT_CHARACTERS,
  SUBSCRIBABLE_EVENTS,
  type AudioInMessage,
  type ClientMessage,
  type ControlMessage,
  type SubscribeMessage,
  type TextMessage,
} from '../client-messages.ts';
import { decodeJson } from '../decode-json.ts';
import { listNames } from '../describe-value.ts';

/** What came of {@link decodeClientMessage}. */
export type DecodedClientMessage =
  | { readonly kind: 'ok'; readonly message: ClientMessage }
  /** `problem` names the field, what it must be and what came; the detail of an `INVALID_MESSAGE`. */
  | { readonly kind: 'invalid'; readonly problem: string };

/**
 * Decodes a text message of the base dialect; never throws. Unknown fields are ignored, defaults are filled
 * in, and lone surrogates in `text` become U+FFFD, as they could not be sent on to a worker.
 */
export function decodeClientMessage(text: string): DecodedClientMessage {
  const result = decodeJson(text, SCHEMAS);
  return result.kind === 'unknown_type' ? { kind: 'invalid', problem: result.problem } : result;
}

const textSchema = z.object({
  type: z.literal('text'),
  text: z
    .string('a string')
    .min(1, 'at least 1 character (end a stream by sending its last chunk with "is_final": true)')
    .refine(hasAllowedLength, `at most ${MAX_TEXT_CHARACTERS} characters`)
    .transform((text) => text.toWellFormed()),
  is_final: z.boolean('true or false').default(true),
});

const controlSchema: z.ZodType<ControlMessage> = z.object({
  type: z.literal('control'),
  command: z.enum(CONTROL_COMMANDS, `exactly ${listNames(CONTROL_COMMANDS)}, in upper case`),
});

const PCM = 'base64 (padded) of at least one 16-bit sample and of whole samples only';

const audioInSchema = z.object({
  type: z.literal('audio_in'),
  pcm: z.string(PCM).refine(isWholeSamples, PCM),
});

const MAX_EVENTS = 32;

const subscribeSchema: z.ZodType<SubscribeMessage> = z.object({
  type: z.literal('subscribe'),
  events: z
    .array(z.enum(SUBSCRIBABLE_EVENTS, listNames(SUBSCRIBABLE_EVENTS)), 'an array of event names')
    .max(MAX_EVENTS, `at most ${MAX_EVENTS} event names`)
    .transform((events) => [...new Set(events)]),
});

/** Schemas of this dialect by message type, for the dialects that extend it. */
export const CLIENT_SCHEMAS: {
  readonly text: z.ZodType<TextMessage>;
  readonly control: z.ZodType<ControlMessage>;
  readonly audio_in: z.ZodType<AudioInMessage>;
  readonly subscribe: z.ZodType<SubscribeMessage>;
} = { text: textSchema, control: controlSchema, audio_in: audioInSchema, subscribe: subscribeSchema };

const SCHEMAS: ReadonlyMap<string, z.ZodType<ClientMessage>> = new Map(Object.entries(CLIENT_SCHEMAS));

function hasAllowedLength(text: string): boolean {
  if (text.length <= MAX_TEXT_CHARACTERS) return true;
  if (text.length > 2 * MAX_TEXT_CHARACTERS) return false;
  let characters = 0;
  for (let i = 0; i < text.length; i += 1) {
    characters += 1;
    if ((text.codePointAt(i) ?? 0) > 0xffff) i += 1;
  }
  return characters <= MAX_TEXT_CHARACTERS;
}

function isWholeSamples(pcm: string): boolean {
  if (pcm.length === 0 || pcm.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(pcm)) return false;
  const padding = pcm.endsWith('==') ? 2 : Number(pcm.endsWith('='));
  return ((pcm.length / 4) * 3 - padding) % 2 === 0;
}
