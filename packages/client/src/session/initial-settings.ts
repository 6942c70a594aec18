import type { SessionSettingsUpdate } from '@parley/protocol/client';
import type { ConnectOptions } from './connect-options.ts';

/** What to ask for first: speech at the rate of the sink, where nothing else is said. */
export function initialSettings({
  settings,
  sink,
}: Pick<ConnectOptions, 'settings' | 'sink'>): SessionSettingsUpdate | undefined {
  const output = settings?.output;
  if (sink === undefined || output?.sample_rate !== undefined) return settings;
  if (output?.encoding !== undefined && output.encoding !== 'pcm_s16le') return settings;
  return { ...settings, output: { ...output, sample_rate: sink.sampleRateHz } };
}
