import type { OrchestratorConfig } from './config.ts';

/** A setting that is accepted, as other programs have it, and changes nothing here. */
export interface SettingWithoutEffect {
  readonly key: string;
  readonly value: number;
  /** Why nothing comes of it. */
  readonly why: string;
}

/** Those that somebody set to something other than their default, and so expects something of. */
export function settingsWithoutEffect({ redis, vad }: OrchestratorConfig): SettingWithoutEffect[] {
  const settings: readonly (SettingWithoutEffect & { readonly byDefault: number })[] = [
    {
      key: 'redis.connection_pool_size',
      value: redis.connection_pool_size,
      byDefault: 10,
      why: 'one connection carries all commands',
    },
    {
      key: 'vad.frame_duration_ms',
      value: vad.frame_duration_ms,
      byDefault: 20,
      why: 'every engine decides on pieces of the length that suits it',
    },
  ];
  return settings
    .filter(({ value, byDefault }) => value !== byDefault)
    .map(({ key, value, why }) => ({ key, value, why }));
}
