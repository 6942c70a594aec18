import type { SessionSettingsUpdate } from '@parley/protocol/client';

/** One update that does what both do, one after the other: groups are merged, all else is replaced. */
export function mergeSettings(
  first: SessionSettingsUpdate,
  second: SessionSettingsUpdate,
): SessionSettingsUpdate {
  const merged = { ...first, ...second };
  return {
    ...merged,
    ...(merged.output !== undefined && { output: { ...first.output, ...second.output } }),
    ...(merged.input !== undefined && { input: { ...first.input, ...second.input } }),
    ...(merged.vad !== undefined && { vad: { ...first.vad, ...second.vad } }),
    ...(merged.asr !== undefined && { asr: { ...first.asr, ...second.asr } }),
    ...(merged.responder !== undefined && { responder: { ...first.responder, ...second.responder } }),
  };
}
