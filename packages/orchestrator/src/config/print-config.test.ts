import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configJsonSchema } from './config-schema.ts';
import { formatProblems } from './format-problems.ts';
import { loadConfig, type LoadConfigResult } from './load-config.ts';
import { printConfig } from './print-config.ts';
import { readSettings } from './settings.ts';

const secret = 'hunter2';
const configs = new URL('../../../../configs/', import.meta.url);

function load(yaml: string, env: Readonly<Record<string, string>> = {}): LoadConfigResult {
  return loadConfig({ path: 'test.yaml', env, readFile: () => yaml });
}

test('what is printed loads again as the same configuration', () => {
  const first = load('security: {allowed_origins: ["*"]}\nworkers: {embedded: {options: {voice: en}}}');
  assert.equal(first.kind, 'ok');
  const again = load(printConfig(first.config));
  assert.equal(again.kind, 'ok');
  assert.deepEqual(again.config, first.config);
});

test('no secret is printed', () => {
  const env = {
    REDIS_URL: `redis://user:${secret}@cache:6379`,
    LIVEKIT_API_SECRET: secret,
    ASR_OPENAI_API_KEY: secret,
    RESPONDER_LLM_API_KEY: secret,
    PARLEY__WORKERS__EMBEDDED__OPTIONS__API_KEY: secret,
    PARLEY__WORKERS__EMBEDDED__OPTIONS__ENDPOINT: `https://a.example/?token=${secret}`,
  };
  const result = load('', env);
  assert.equal(result.kind, 'ok');
  const printed = printConfig(result.config);
  assert.ok(!printed.includes(secret), printed);
  assert.match(printed, /url: redis:\/\/\*\*\*@cache:6379/);
  assert.equal(result.config.transport.livekit.api_secret, secret);
  assert.equal(result.config.asr.openai.api_key, secret);
  assert.equal(result.config.responder.llm.api_key, secret);
  assert.match(printed, /first_token_timeout_ms: 10000/);
});

test('no problem shows a secret, however it was mistyped', () => {
  const mistakes = [
    `redis: {url: "redis:/:${secret}@h"}`,
    `redis: {url: "http://user:${secret}@h"}`,
    `redis: {url: ["${secret}"]}`,
    `redis: "redis://:${secret}@h"`,
    `redis: {"redis://:${secret}@h": 1}`,
    `transport: {livekit: {api_secret: ["${secret}"]}}`,
    `transport: {livekit: {api_secret: "${secret}\\n"}}`,
    `transport: {livekit: {api_secrt: ${secret}}}`,
    `transport: {livekit: {api_secret: "${secret}}}`,
    `transport: {livekit: {api_secret: *${secret}}}`,
    `transport: {livekit: {api_secret: !${secret} x, enabled: 3}}`,
  ];
  for (const yaml of mistakes) {
    const result = load(yaml);
    assert.equal(result.kind, 'invalid', yaml);
    assert.ok(!JSON.stringify(result).includes(secret), JSON.stringify(result));
  }
});

test('problems are printed one a line with place, key, value and what is allowed', () => {
  const result = load('transport:\n  websocket:\n    port: 80\n    prt: 1\n', { LOG_LEVEL: 'loud' });
  assert.equal(result.kind, 'invalid');
  const lines = formatProblems(result.problems).split('\n');
  assert.equal(lines[0], 'The configuration has 3 problems:');
  assert.equal(
    lines[1],
    '  test.yaml:3:5: transport.websocket.port: 80 is too small; expected a whole number from 1024 to 65535',
  );
  assert.equal(
    lines[2],
    '  test.yaml:4:5: transport.websocket.prt: unknown key; did you mean transport.websocket.port?',
  );
  assert.match(
    lines[3] ?? '',
    /^ {2}environment variable LOG_LEVEL: log_level: "loud" is not an allowed value; expected one of DEBUG, /,
  );
});

test('a key with control characters cannot forge lines of the list', () => {
  const result = load('"a\\n  forged": 1');
  assert.equal(result.kind, 'invalid');
  assert.equal(formatProblems(result.problems).split('\n').length, 2);
});

test('every setting and section is described in the JSON Schema', () => {
  const silent = [...readSettings().values()].filter(({ schema }) => schema.description === undefined);
  assert.deepEqual(
    silent.map(({ key }) => key),
    [],
  );
});

test('the JSON Schema beside the example files is the current one', () => {
  const text = readFileSync(new URL('orchestrator.schema.json', configs), 'utf8');
  assert.deepEqual(
    JSON.parse(text),
    JSON.parse(JSON.stringify(configJsonSchema())),
    'write it anew: npm run --silent parley -- config schema > configs/orchestrator.schema.json && npm run format',
  );
});

for (const name of ['orchestrator.yaml', 'local.yaml']) {
  test(`configs/${name} has no problem`, () => {
    const path = fileURLToPath(new URL(name, configs));
    assert.equal(loadConfig({ path, env: {} }).kind, 'ok');
  });
}

test('the local configuration needs nothing but this machine', () => {
  const result = loadConfig({ path: fileURLToPath(new URL('local.yaml', configs)), env: {} });
  assert.equal(result.kind, 'ok');
  assert.equal(result.config.transport.websocket.host, '127.0.0.1');
  assert.equal(result.config.workers.embedded.enabled, true);
  assert.equal(result.config.registry.kind, 'memory');
});
