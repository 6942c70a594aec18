import type { OrchestratorConfig } from './config.ts';

/** What really answers a transcript. */
export type ResolvedResponderMode = 'none' | 'echo' | 'llm';

/**
 * What `responder.mode` comes to: `auto` is `echo` when speech is transcribed, otherwise `none`. Whether it is must
 * have been decided: an `asr.enabled` that is still `auto` counts as no.
 */
export function resolveResponderMode({
  asr,
  responder,
}: Pick<OrchestratorConfig, 'asr' | 'responder'>): ResolvedResponderMode {
  if (responder.mode !== 'auto') return responder.mode;
  return asr.enabled === true ? 'echo' : 'none';
}
