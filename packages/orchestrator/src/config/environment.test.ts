import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig, type LoadConfigResult } from './load-config.ts';

function load(env: Readonly<Record<string, string>>): LoadConfigResult {
  return loadConfig({ path: 'empty.yaml', env, readFile: () => '' });
}

test('every well-known variable reaches its setting', () => {
  const result = load({
    PORT: '9000',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'debug',
    REDIS_URL: 'rediss://cache:6380',
    LIVEKIT_URL: 'wss://livekit.example.com',
    LIVEKIT_API_KEY: 'id',
    LIVEKIT_API_SECRET: 'secret',
    ASR_ENABLED: 'true',
    ASR_ADAPTER: 'other',
    ASR_MODEL_SIZE: 'tiny',
    ASR_BUFFER_MAX_DURATION_S: '12.5',
    ASR_OPENAI_API_KEY: 'key',
    RESPONDER_MODE: 'auto',
    RESPONDER_LLM_HISTORY_LIMIT: '7',
    ROUTING_STATIC_WORKER_ADDR: 'grpc://worker:7001',
    ROUTING_PREFER_RESIDENT_MODELS: 'no',
  });
  assert.equal(result.kind, 'ok', JSON.stringify(result));
  const { transport, redis, asr, responder, routing, log_level: logLevel } = result.config;
  assert.equal(transport.websocket.port, 9000);
  assert.equal(transport.websocket.host, '127.0.0.1');
  assert.equal(logLevel, 'debug');
  assert.equal(redis.url, 'rediss://cache:6380');
  assert.deepEqual(transport.livekit, {
    enabled: false,
    url: 'wss://livekit.example.com',
    api_key: 'id',
    api_secret: 'secret',
    room_prefix: 'tts-session',
  });
  assert.equal(asr.enabled, true);
  assert.equal(asr.adapter, 'other');
  assert.equal(asr.model_size, 'tiny');
  assert.equal(asr.buffer_max_duration_s, 12.5);
  assert.equal(asr.openai.api_key, 'key');
  assert.equal(responder.mode, 'auto');
  assert.equal(responder.llm.history_limit, 7);
  assert.equal(routing.static_worker_addr, 'grpc://worker:7001');
  assert.equal(routing.prefer_resident_models, false);
});

test('PARLEY__ reaches any setting in any case, with numbers, booleans, lists and engine options', () => {
  const result = load({
    PARLEY__TRANSPORT__WEBSOCKET__MAX_CONNECTIONS: '7',
    parley__vad__noise_gate__enabled: 'on',
    PARLEY__VAD__SPEAKING_THRESHOLD_MULTIPLIER: '1.5',
    PARLEY__VAD__SAMPLE_RATE: '8000',
    PARLEY__SECURITY__ALLOWED_ORIGINS: 'https://a.example, https://b.example',
    PARLEY__WORKERS__EMBEDDED__OPTIONS__VOICE: 'en-gb',
    PARLEY__WORKERS__EMBEDDED__OPTIONS__RATE: '180',
    PARLEY__SESSION__DEFAULT_MODEL: '42',
  });
  assert.equal(result.kind, 'ok', JSON.stringify(result));
  const { transport, vad, security, workers, session } = result.config;
  assert.equal(transport.websocket.max_connections, 7);
  assert.equal(vad.noise_gate.enabled, true);
  assert.equal(vad.speaking_threshold_multiplier, 1.5);
  assert.equal(vad.sample_rate, 8000);
  assert.deepEqual(security.allowed_origins, ['https://a.example', 'https://b.example']);
  assert.deepEqual(workers.embedded.options, { voice: 'en-gb', rate: 180 });
  assert.equal(session.default_model, '42');
});

test('PARLEY__ wins over the well-known name of the same setting', () => {
  const result = load({ PORT: '2000', PARLEY__TRANSPORT__WEBSOCKET__PORT: '3000' });
  assert.equal(result.kind, 'ok');
  assert.equal(result.config.transport.websocket.port, 3000);
});

test('an unknown PARLEY__ path is a problem that says what was probably meant', () => {
  const result = load({ PARLEY__VAD__AGRESSIVENESS: '1', PARLEY__TRANSPORT: '1', PARLEY__: 'x' });
  assert.equal(result.kind, 'invalid');
  const found = new Map(result.problems.map(({ name, expected }) => [name, expected]));
  assert.equal(found.get('PARLEY__VAD__AGRESSIVENESS'), 'did you mean vad.aggressiveness?');
  assert.equal(found.get('PARLEY__TRANSPORT'), 'one of its settings: websocket, livekit');
  assert.equal(found.size, 3);
});

test("an unknown ASR_ or ROUTING_ variable may be another program's, so it is only a warning", () => {
  const result = load({ ASR_MODLE_SIZE: 'tiny', ROUTING_TABLE: 'main', LIVEKIT_REGION: 'eu' });
  assert.equal(result.kind, 'ok');
  assert.equal(result.warnings.length, 2);
  assert.match(result.warnings[0] ?? '', /ASR_MODLE_SIZE.*did you mean ASR_MODEL_SIZE\?/);
  assert.match(result.warnings[1] ?? '', /ROUTING_TABLE/);
});

test('an empty variable counts as not set', () => {
  const result = load({ PORT: '', REDIS_URL: '  ', PARLEY__VAD__ENABLED: '' });
  assert.equal(result.kind, 'ok');
  assert.equal(result.config.transport.websocket.port, 8080);
  assert.deepEqual(result.sources.env, []);
});

test('a text that is no number, no boolean or no list is reported as it was given', () => {
  const result = load({
    PORT: '80a',
    PARLEY__VAD__ENABLED: 'maybe',
    PARLEY__SECURITY__ALLOWED_ORIGINS: '["https://a.example"',
    PARLEY__REDIS__DB: '0x1',
  });
  assert.equal(result.kind, 'invalid');
  const values = new Map(result.problems.map(({ name, value }) => [name, value]));
  assert.equal(values.get('PORT'), '"80a"');
  assert.equal(values.get('PARLEY__VAD__ENABLED'), '"maybe"');
  assert.equal(values.get('PARLEY__REDIS__DB'), '"0x1"');
  assert.ok(values.has('PARLEY__SECURITY__ALLOWED_ORIGINS'));
});
