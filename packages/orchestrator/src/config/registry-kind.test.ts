import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLevels, pinoLevel } from './log-level.ts';
import { loadConfig } from './load-config.ts';
import { resolveRegistryKind } from './registry-kind.ts';

function kindFor(env: Readonly<Record<string, string>>): string {
  const result = loadConfig({ path: 'empty.yaml', env, readFile: () => '' });
  assert.equal(result.kind, 'ok');
  return resolveRegistryKind(result.config);
}

const embedded = { PARLEY__WORKERS__EMBEDDED__ENABLED: 'true' };
const fixed = { ROUTING_STATIC_WORKER_ADDR: 'grpc://localhost:7001' };

test('the registry follows from the workers unless it is named', () => {
  assert.equal(kindFor({}), 'redis');
  assert.equal(kindFor(fixed), 'none');
  assert.equal(kindFor(embedded), 'memory');
  assert.equal(kindFor({ ...embedded, ...fixed }), 'memory');
  assert.equal(kindFor({ ...embedded, PARLEY__REGISTRY__KIND: 'redis' }), 'redis');
  assert.equal(kindFor({ ...fixed, PARLEY__REGISTRY__KIND: 'memory' }), 'memory');
});

test('every log level has a pino level', () => {
  assert.deepEqual(
    ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'].map((name) => {
      const level = logLevels.find((known) => known === name);
      return level === undefined ? undefined : pinoLevel(level);
    }),
    ['debug', 'info', 'warn', 'error', 'fatal'],
  );
  assert.ok(logLevels.every((level) => pinoLevel(level) !== undefined));
});
