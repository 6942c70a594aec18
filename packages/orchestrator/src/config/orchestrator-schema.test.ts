import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orchestratorSchema } from './orchestrator-schema.ts';
import { readSettings } from './settings.ts';

function accepts(key: string, value: unknown): boolean {
  const tree = key.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return orchestratorSchema.safeParse(tree).success;
}

// Key, smallest and largest value allowed; the next whole number beyond either must be refused.
const ranges: readonly (readonly [string, number, number])[] = [
  ['transport.websocket.port', 1024, 65_535],
  ['transport.websocket.max_connections', 1, 1_000_000],
  ['transport.websocket.frame_queue_size', 10, 30_000],
  ['transport.websocket.max_message_bytes', 1024, 16_777_216],
  ['transport.websocket.max_messages_per_second', 0, 1_000_000],
  ['transport.websocket.ping_interval_seconds', 0, 3600],
  ['transport.websocket.slow_consumer_timeout_ms', 100, 600_000],
  ['transport.websocket.playout_lead_ms', 0, 2000],
  ['transport.websocket.v1_playout_lead_ms', 0, 2000],
  ['transport.websocket.handshake_timeout_ms', 100, 120_000],
  ['redis.db', 0, 15],
  ['redis.worker_ttl_seconds', 5, 86_400],
  ['redis.connection_pool_size', 1, 1000],
  ['routing.first_frame_timeout_ms', 100, 600_000],
  ['routing.frame_gap_timeout_ms', 100, 600_000],
  ['routing.segment_timeout_ms', 1000, 3_600_000],
  ['routing.start_session_timeout_ms', 100, 600_000],
  ['routing.capacity_wait_ms', 0, 60_000],
  ['routing.slot_linger_ms', 0, 600_000],
  ['workers.embedded.max_concurrent_sessions', 1, 100_000],
  ['session.idle_timeout_seconds', 0, 86_400],
  ['session.max_session_duration_seconds', 0, 604_800],
  ['session.max_messages_per_session', 0, 1_000_000_000],
  ['session.max_queued_characters', 1, 10_000_000],
  ['session.max_queued_utterances', 1, 100_000],
  ['session.text_flush_ms', 0, 600_000],
  ['session.resume_window_seconds', 0, 600],
  ['text.first_segment_characters', 1, 2000],
  ['text.segment_characters', 20, 5000],
  ['vad.aggressiveness', 0, 3],
  ['vad.min_speech_duration_ms', 0, 10_000],
  ['vad.min_silence_duration_ms', 0, 10_000],
  ['vad.min_interruption_ms', 0, 10_000],
  ['vad.min_interruption_words', 0, 20],
  ['vad.false_interruption_timeout_ms', 0, 10_000],
  ['vad.speaking_threshold_multiplier', 1, 10],
  ['vad.noise_gate.window_ms', 200, 60_000],
  ['vad.noise_gate.percentile', 1, 50],
  ['vad.noise_gate.threshold_multiplier', 1, 20],
  ['asr.buffer_max_duration_s', 1, 30],
  ['asr.endpointing_ms', 0, 10_000],
  ['asr.max_turn_seconds', 1, 3600],
  ['asr.workers', 1, 64],
  ['asr.threads', 0, 64],
  ['asr.queue_limit', 1, 10_000],
  ['asr.timeout_ms', 100, 600_000],
  ['asr.openai.concurrency', 1, 1000],
  ['asr.openai.retries', 0, 10],
  ['responder.llm.history_limit', 0, 1000],
  ['responder.llm.max_tokens', 1, 100_000],
  ['responder.llm.temperature', 0, 2],
  ['responder.llm.first_token_timeout_ms', 100, 600_000],
  ['responder.llm.token_gap_timeout_ms', 100, 600_000],
  ['responder.llm.retries', 0, 10],
  ['graceful_shutdown_timeout_s', 0, 3600],
];

const fractional = new Set([
  'vad.speaking_threshold_multiplier',
  'vad.noise_gate.percentile',
  'vad.noise_gate.threshold_multiplier',
  'asr.buffer_max_duration_s',
  'responder.llm.temperature',
]);

for (const [key, min, max] of ranges) {
  test(`${key} takes ${min} to ${max} and nothing beyond`, () => {
    assert.ok(accepts(key, min));
    assert.ok(accepts(key, max));
    assert.ok(!accepts(key, min - 1));
    assert.ok(!accepts(key, max + 1));
    assert.ok(!accepts(key, String(min)));
    assert.ok(!accepts(key, Number.NaN));
    assert.equal(accepts(key, min + 0.5), fractional.has(key));
  });
}

test('every numeric setting has its range tested here', () => {
  const numeric = [...readSettings().values()].filter(
    ({ schema }) => schema.type === 'integer' || schema.type === 'number',
  );
  const tested = new Set([...ranges.map(([key]) => key), 'vad.sample_rate', 'vad.frame_duration_ms']);
  assert.deepEqual(
    numeric.filter(({ key }) => !tested.has(key)),
    [],
  );
});

test('settings with a few values take those and no others', () => {
  const allowed: Readonly<Record<string, readonly unknown[]>> = {
    'vad.sample_rate': [8000, 16_000, 32_000, 48_000],
    'vad.frame_duration_ms': [10, 20, 30],
    'routing.load_balance_strategy': [
      'queue_depth',
      'round_robin',
      'latency',
      'least_loaded',
      'least_latency',
      'random',
    ],
    'registry.kind': ['auto', 'memory', 'redis'],
    'asr.device': ['auto', 'cpu', 'cuda'],
    'responder.mode': ['auto', 'none', 'echo', 'llm'],
    log_level: ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL', 'debug', 'info', 'warn', 'error', 'fatal'],
  };
  for (const [key, values] of Object.entries(allowed)) {
    for (const value of values) assert.ok(accepts(key, value), `${key} ${String(value)}`);
    for (const value of ['', 'other', 40, null]) assert.ok(!accepts(key, value), `${key} ${String(value)}`);
  }
});

test('every boolean setting takes true and false and no text or number', () => {
  const booleans = [...readSettings().values()].filter(({ schema }) => schema.type === 'boolean');
  assert.ok(booleans.length >= 8);
  for (const { key } of booleans) {
    assert.ok(accepts(key, true) && accepts(key, false), key);
    for (const value of ['true', 1, 0, null]) assert.ok(!accepts(key, value), key);
  }
});

test('addresses of workers, Redis and origins must have their form', () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      'routing.static_worker_addr',
      ['grpc://localhost:7001', 'tts-worker:7002', 'grpc://[::1]:7001', '10.0.0.1:65535'],
      [
        '',
        'localhost',
        'grpc://localhost',
        'http://localhost:7001',
        'a:0',
        'a:65536',
        'a b:1',
        'grpc://a:1/x',
      ],
    ],
    [
      'redis.url',
      ['redis://localhost:6379', 'rediss://:pw@h'],
      ['', 'localhost:6379', 'http://x', 'redis://'],
    ],
    ['transport.livekit.url', ['wss://x', 'ws://localhost:7880', 'https://x'], ['x', 'ftp://x', '']],
    [
      'asr.openai.url',
      ['http://localhost:8000/v1', 'https://a.example'],
      ['', 'a.example', 'ftp://a', 'http://'],
    ],
    ['responder.llm.url', ['http://[::1]:11434/v1'], ['', 'localhost:11434', 'http:// a']],
    ['asr.openai.api_key', ['sk-1'], ['', 'a\nb']],
    ['transport.websocket.host', ['::1', 'localhost'], ['', 'a\nb']],
  ];
  for (const [key, good, bad] of cases) {
    for (const value of good) assert.ok(accepts(key, value), `${key} ${value}`);
    for (const value of bad) assert.ok(!accepts(key, value), `${key} ${value}`);
  }
  assert.ok(accepts('security.allowed_origins', ['*', 'https://a.example:8443']));
  assert.ok(!accepts('security.allowed_origins', ['https://a.example/']));
  assert.ok(!accepts('security.allowed_origins', 'https://a.example'));
});
