import { INPUT_SAMPLE_RATES_HZ, OUTPUT_SAMPLE_RATES_HZ, type AudioEncoding } from './audio-format.ts';
import type { SessionSettings, SessionSettingsUpdate } from './settings.ts';

/** What came of {@link applySettingsUpdate}. */
export type AppliedSettings =
  | { readonly kind: 'ok'; readonly settings: SessionSettings }
  /** The detail of an `INVALID_MESSAGE`: what was asked for does not go with what is set already. */
  | { readonly kind: 'invalid'; readonly problem: string };

/** What `null` in an update goes back to. */
export type SettingsDefaults = Pick<SessionSettings, 'voice' | 'model_id' | 'responder'>;

/**
 * Resolves an update against the settings in force, which are not changed. An encoding without a rate keeps
 * the rate if it can, and else takes the encoding's first.
 */
export function applySettingsUpdate(
  current: SessionSettings,
  update: SessionSettingsUpdate,
  defaults: SettingsDefaults,
): AppliedSettings {
  const output = { ...current.output, ...update.output };
  const input = { ...current.input, ...update.input };
  const outputRate = resolveRate('output', output, update.output?.sample_rate, OUTPUT_SAMPLE_RATES_HZ);
  if (typeof outputRate === 'string') return { kind: 'invalid', problem: outputRate };
  const inputRate = resolveRate('input', input, update.input?.sample_rate, INPUT_SAMPLE_RATES_HZ);
  if (typeof inputRate === 'string') return { kind: 'invalid', problem: inputRate };
  if (update.asr !== undefined && current.asr === undefined) {
    return { kind: 'invalid', problem: '"asr" must be left out, as this server does not transcribe.' };
  }
  const voice = orDefault(update.voice, current.voice, defaults.voice);
  const modelId = orDefault(update.model_id, current.model_id, defaults.model_id);
  const instructions = orDefault(
    update.responder?.instructions,
    current.responder.instructions,
    defaults.responder.instructions,
  );
  return {
    kind: 'ok',
    settings: {
      language: update.language ?? current.language,
      ...(voice !== undefined && { voice }),
      ...(modelId !== undefined && { model_id: modelId }),
      output: { ...output, sample_rate: outputRate },
      input: { ...input, sample_rate: inputRate },
      vad: { ...current.vad, ...update.vad },
      ...(current.asr !== undefined && { asr: { ...current.asr, ...update.asr } }),
      responder: {
        mode: update.responder?.mode ?? current.responder.mode,
        ...(instructions !== undefined && { instructions }),
      },
      playout_lead_ms: update.playout_lead_ms ?? current.playout_lead_ms,
      metadata: update.metadata ?? current.metadata,
    },
  };
}

function orDefault(
  update: string | null | undefined,
  current: string | undefined,
  fallback: string | undefined,
): string | undefined {
  if (update === null) return fallback;
  return update ?? current;
}

function resolveRate(
  group: string,
  format: { readonly encoding: AudioEncoding; readonly sample_rate: number },
  asked: number | undefined,
  ratesHz: Readonly<Record<AudioEncoding, readonly number[]>>,
): number | string {
  const allowed = ratesHz[format.encoding];
  if (allowed.includes(format.sample_rate)) return format.sample_rate;
  const first = allowed[0];
  if (asked === undefined && first !== undefined) return first;
  return `"${group}.sample_rate" must be ${allowed.join(', ')} for "${format.encoding}", but is the number ${asked}.`;
}
