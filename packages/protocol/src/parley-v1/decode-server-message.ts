import type { DecodeResult } from '../decode-json.ts';
import { describeValue, listNames, quote } from '../describe-value.ts';
import { ERRORS } from '../error-table.ts';
import { SESSION_END_REASONS, SESSION_STATE_NAMES, UTTERANCE_END_REASONS } from '../server-messages.ts';
import { AUDIO_CONTAINERS, AUDIO_ENCODINGS } from './audio-format.ts';
import type { ServerMessageV1 } from './server-messages.ts';
import { flag, number, oneOf, optional, shape, string, strings, whole, type Check } from './shape.ts';
import { PARLEY_V1 } from './subprotocol.ts';

/**
 * Decodes a text message from a server of `parley.v1`; never throws. A type that this version does not know
 * is told apart as `unknown_type`, so that a client can ignore what newer servers add; unknown fields are
 * kept, and an unknown error code is read as `INTERNAL_ERROR`.
 *
 * Checks by hand rather than by schema library, because it is part of what browsers download.
 */
export function decodeServerMessageV1(text: string): DecodeResult<ServerMessageV1> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return invalid(`The message must be a JSON object, but is not JSON: ${quote(text)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalid(`The message must be a JSON object, but is ${describeValue(value)}.`);
  }
  const type: unknown = Object.hasOwn(value, 'type') && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string' || !isKnown(type)) {
    const expected = listNames(Object.keys(CHECKS));
    if (type === undefined) return invalid(`"type" is missing; it must be ${expected}.`);
    const problem = `"type" must be ${expected}, but is ${describeValue(type)}.`;
    return typeof type === 'string' ? { kind: 'unknown_type', type, problem } : invalid(problem);
  }
  const problem = CHECKS[type](value, '');
  if (problem !== undefined) return invalid(problem);
  if (type === 'error' && 'code' in value && !Object.hasOwn(ERRORS, String(value.code))) {
    value = { ...value, code: 'INTERNAL_ERROR' };
  }
  return { kind: 'ok', message: assertChecked(value) };
}

function invalid(problem: string): DecodeResult<ServerMessageV1> {
  return { kind: 'invalid', problem };
}

function isKnown(type: string): type is ServerMessageV1['type'] {
  return Object.hasOwn(CHECKS, type);
}

/** Where a value that has passed its check gets its type. */
function assertChecked(value: unknown): ServerMessageV1 {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- CHECKS mirrors the type
  return value as ServerMessageV1;
}

const id = string(1);
const generation = whole(0, 0xffff_ffff);
const count = whole(0, Number.MAX_SAFE_INTEGER);
const rateHz = whole(1, 1_000_000);

const settings = shape({
  language: string(),
  voice: optional(string()),
  model_id: optional(string()),
  output: shape({
    encoding: oneOf(AUDIO_ENCODINGS),
    sample_rate: rateHz,
    container: oneOf(AUDIO_CONTAINERS),
  }),
  input: shape({ encoding: oneOf(AUDIO_ENCODINGS), sample_rate: rateHz }),
  vad: shape({ enabled: flag }),
  asr: optional(shape({ enabled: flag })),
  responder: shape({ mode: string() }),
  playout_lead_ms: number(0),
  metadata: strings,
});

const limits = shape({
  max_message_bytes: count,
  max_text_characters: count,
  max_queued_characters: count,
  resume_window_seconds: number(0),
});

const atMs = shape({ at_ms: number(0) });
const ofGeneration = shape({ generation });

const CHECKS: Readonly<Record<ServerMessageV1['type'], Check>> = {
  session_start: shape({
    session_id: id,
    protocol: oneOf([PARLEY_V1]),
    resume_token: id,
    resumed: flag,
    settings,
    limits,
    client_messages: count,
  }),
  session_updated: shape({ settings }),
  audio: shape({
    pcm: string(),
    sample_rate: rateHz,
    frame_ms: whole(1, 10_000),
    sequence: whole(1, 0xffff_ffff),
    generation,
    sample_offset: count,
  }),
  session_end: shape({ session_id: id, reason: oneOf(SESSION_END_REASONS) }),
  error: shape({ message: string(), code: string() }),
  state: shape({ state: oneOf(SESSION_STATE_NAMES) }),
  speech_started: shape({ at_ms: number(0), decided_at_ms: optional(number(0)) }),
  speech_stopped: atMs,
  transcript: shape({ turn_id: id, text: string(), is_final: flag, language: optional(string()) }),
  utterance_start: shape({ utterance_id: id, generation }),
  utterance_end: shape({
    utterance_id: id,
    reason: oneOf(UTTERANCE_END_REASONS),
    heard_ms: number(0),
    heard_text: string(),
  }),
  pause: ofGeneration,
  resume: ofGeneration,
  clear: ofGeneration,
  warning: shape({ code: string(), message: string() }),
  pong: shape({ t: number() }),
};
