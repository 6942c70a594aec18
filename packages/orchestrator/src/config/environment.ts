import { didYouMean } from './did-you-mean.ts';
import type { Entry } from './entry-layer.ts';
import type { Settings } from './settings.ts';

/** Environment variables, as `process.env` gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment sets. */
export interface EnvironmentEntries {
  /** In order of precedence, the strongest last. */
  readonly entries: readonly Entry[];
  /** Variables that look like ours but name no setting; other programs may own them. */
  readonly warnings: readonly string[];
}

const named: Readonly<Record<string, string>> = {
  PORT: 'transport.websocket.port',
  HOST: 'transport.websocket.host',
  LOG_LEVEL: 'log_level',
  REDIS_URL: 'redis.url',
  LIVEKIT_URL: 'transport.livekit.url',
  LIVEKIT_API_KEY: 'transport.livekit.api_key',
  LIVEKIT_API_SECRET: 'transport.livekit.api_secret',
};

const sectionPrefixes = [
  ['ASR_', 'asr'],
  ['RESPONDER_', 'responder'],
  ['ROUTING_', 'routing'],
] as const;

const anyKeyPrefix = /^PARLEY__/i;

/**
 * Finds the settings in an environment: the well-known names (`PORT`, `REDIS_URL`, …), `ASR_*`, `RESPONDER_*`, `ROUTING_*`, and
 * `PARLEY__A__B__C` for any setting, which wins over the others. An empty variable counts as not set, as
 * container tools pass unset ones that way.
 */
export function readEnvironment(env: Environment, settings: Settings): EnvironmentEntries {
  const entries: Entry[] = [];
  const anyKeyEntries: Entry[] = [];
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === undefined || value.trim() === '') continue;
    if (anyKeyPrefix.test(name)) {
      const key = name.replace(anyKeyPrefix, '').toLowerCase().split('__').join('.');
      anyKeyEntries.push({ name, key, value });
      continue;
    }
    const key = Object.hasOwn(named, name) ? named[name] : sectionKey(name, settings);
    if (key === undefined) continue;
    if (settings.get(key)?.kind === 'value') entries.push({ name, key, value });
    else warnings.push(describeUnknown(name, key, settings));
  }
  return { entries: [...entries, ...anyKeyEntries], warnings };
}

/** `ASR_MODEL_SIZE` is `asr.model_size`, and `ASR_OPENAI_API_KEY` is `asr.openai.api_key`. */
function sectionKey(name: string, settings: Settings): string | undefined {
  for (const [prefix, section] of sectionPrefixes) {
    if (!name.startsWith(prefix)) continue;
    const rest = name.slice(prefix.length).toLowerCase();
    for (const child of settings.get(section)?.children ?? []) {
      const inner = `${section}.${child}.${rest.slice(child.length + 1)}`;
      if (rest.startsWith(`${child}_`) && settings.has(inner)) return inner;
    }
    return `${section}.${rest}`;
  }
  return undefined;
}

function describeUnknown(name: string, key: string, settings: Settings): string {
  const section = key.slice(0, key.indexOf('.'));
  const names = (settings.get(section)?.children ?? []).map((child) => `${section}_${child}`.toUpperCase());
  const suggestion = didYouMean(name, names);
  return `environment variable ${name} names no setting and is ignored${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`;
}
