import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './load-config.ts';
import { settingsWithoutEffect } from './settings-without-effect.ts';

function keysOf(environment: Record<string, string>): string[] {
  const loaded = loadConfig({ path: 'empty.yaml', env: environment, readFile: () => '' });
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  return settingsWithoutEffect(loaded.config).map(({ key }) => key);
}

test('settings that change nothing are told when somebody sets them, and not by default', () => {
  assert.deepEqual(keysOf({}), []);
  const env = { PARLEY__REDIS__CONNECTION_POOL_SIZE: '20', PARLEY__VAD__FRAME_DURATION_MS: '30' };
  assert.deepEqual(keysOf(env), ['redis.connection_pool_size', 'vad.frame_duration_ms']);
  assert.deepEqual(keysOf({ PARLEY__VAD__FRAME_DURATION_MS: '20' }), []);
});
