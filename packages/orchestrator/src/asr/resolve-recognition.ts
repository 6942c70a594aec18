import type { AsrConfig, OrchestratorConfig } from '../config/index.ts';
import { findAnyModel } from './models/find-any-model.ts';

/** A configuration of which it is known whether speech is transcribed. */
export type ResolvedConfig = OrchestratorConfig & { readonly asr: ResolvedAsrConfig };

/** A recognition section without `auto`. */
export type ResolvedAsrConfig = AsrConfig & { readonly enabled: boolean };

/**
 * Decides what `asr.enabled: auto` comes to: on where somebody listens and there is something to recognize with,
 * which for the engine `whisper` is a model in the cache. What was said outright stays.
 */
export async function resolveRecognition(config: OrchestratorConfig): Promise<ResolvedConfig> {
  return { ...config, asr: await resolveAsr(config) };
}

async function resolveAsr({ asr, vad }: OrchestratorConfig): Promise<ResolvedAsrConfig> {
  if (asr.enabled !== 'auto') return { ...asr, enabled: asr.enabled };
  if (!vad.enabled) return { ...asr, enabled: false };
  if (asr.adapter !== 'whisper') return { ...asr, enabled: true };
  const directory = await findAnyModel({
    name: asr.model_size,
    ...(asr.model_path !== undefined && { path: asr.model_path }),
    ...(asr.cache_dir !== undefined && { cacheDirectory: asr.cache_dir }),
  });
  // A path that leads nowhere is a mistake to be told of, not a reason to be deaf.
  if (directory === undefined) return { ...asr, enabled: asr.model_path !== undefined };
  return { ...asr, enabled: true, model_path: directory };
}
