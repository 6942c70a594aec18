import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatWorkerRecord, parseWorkerRecord, type WorkerRecord } from './worker-record.ts';

const seedRecord = {
  name: 'tts-worker-0',
  addr: 'grpc://tts-worker:7002',
  capabilities: { streaming: true, zero_shot: true, languages: ['en', 'zh'], max_concurrent_sessions: 3 },
  resident_models: ['cosyvoice2-en-base'],
  metrics: { rtf: 0.2, queue_depth: 1, p50_latency_ms: 250 },
};

const amount = fc.double({ min: 0, max: 1e9, noNaN: true });
const anyRecord: fc.Arbitrary<WorkerRecord> = fc.record(
  {
    name: fc.string({ minLength: 1 }),
    addr: fc
      .tuple(fc.domain(), fc.integer({ min: 1, max: 65_535 }))
      .map(([host, port]) => `grpc://${host}:${port}`),
    capabilities: fc.record(
      {
        streaming: fc.boolean(),
        zero_shot: fc.boolean(),
        lora: fc.boolean(),
        cpu_ok: fc.boolean(),
        languages: fc.array(fc.string()),
        emotive_zero_prompt: fc.boolean(),
        max_concurrent_sessions: fc.integer({ min: 1, max: 100_000 }),
      },
      { requiredKeys: ['streaming', 'zero_shot', 'languages', 'max_concurrent_sessions'] },
    ),
    resident_models: fc.array(fc.string()),
    metrics: fc.record({ rtf: amount, queue_depth: amount, p50_latency_ms: amount }),
    models: fc.array(
      fc.record(
        {
          model_id: fc.string({ minLength: 1 }),
          family: fc.string(),
          languages: fc.array(fc.string()),
          is_loaded: fc.boolean(),
          voices: fc.array(fc.string()),
        },
        { requiredKeys: ['model_id', 'family', 'languages', 'is_loaded'] },
      ),
    ),
    last_heartbeat_ts: amount,
    epoch: fc.nat(),
    draining: fc.boolean(),
    version: fc.string(),
  },
  { requiredKeys: ['name', 'addr', 'capabilities', 'resident_models', 'metrics'] },
);

function problem(value: unknown): string {
  const result = parseWorkerRecord(value);
  assert.equal(result.kind, 'invalid');
  return result.problem;
}

/** -0 becomes 0 in JSON; that is no loss. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('a record in the documented form is read whole', () => {
  assert.deepEqual(parseWorkerRecord(seedRecord), { kind: 'ok', record: seedRecord });
  assert.deepEqual(parseWorkerRecord(JSON.stringify(seedRecord)), { kind: 'ok', record: seedRecord });
});

test('a record with only a name and an address gets safe defaults', () => {
  assert.deepEqual(parseWorkerRecord({ name: 'w', addr: 'grpc://h:1', later: { x: 1 } }), {
    kind: 'ok',
    record: {
      name: 'w',
      addr: 'grpc://h:1',
      capabilities: { streaming: false, zero_shot: false, languages: [], max_concurrent_sessions: 1 },
      resident_models: [],
      metrics: { rtf: 0, queue_depth: 0, p50_latency_ms: 0 },
    },
  });
});

test('a Redis hash, whose fields are all text, is read like an object', () => {
  const hash = Object.fromEntries(
    Object.entries({ ...seedRecord, epoch: 3, draining: true }).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  assert.deepEqual(parseWorkerRecord(hash), {
    kind: 'ok',
    record: { ...seedRecord, epoch: 3, draining: true },
  });
});

test('a problem names the field and the worker', () => {
  assert.match(problem({ addr: 'x' }), /"name" must be text, not missing/);
  assert.match(problem({ name: 'w7', addr: 7 }), /of w7: "addr" must be text, not a number/);
  assert.match(problem([]), /not a list/);
  assert.match(problem('{'), /not a string/);
});

test('a record whose address is none is refused with the worker, the address and the form that would be right', () => {
  for (const addr of ['nonsense', 'grpc://h', 'http://h:1', 'h:0']) {
    assert.match(problem({ name: 'w7', addr }), /of w7: worker address ".+expected grpc:\/\/host:port/, addr);
  }
});

test('a formatted record reads back as itself', () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const result = parseWorkerRecord(formatWorkerRecord(record));
      assert.equal(result.kind, 'ok');
      assert.deepEqual(result.record, plain(record));
    }),
  );
});

test('whatever a registry holds, reading it never throws and never yields a senseless record', () => {
  const nearRecord = fc.record(
    {
      name: fc.constant('w'),
      addr: fc.constant('a:1'),
      capabilities: fc.anything(),
      resident_models: fc.anything(),
      metrics: fc.anything(),
      models: fc.anything(),
      epoch: fc.anything(),
    },
    { requiredKeys: ['name', 'addr'] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.json(), nearRecord), (value) => {
      const result = parseWorkerRecord(value);
      if (result.kind === 'invalid') return;
      assert.ok(result.record.capabilities.max_concurrent_sessions >= 1);
      assert.ok(Number.isFinite(result.record.metrics.rtf));
      assert.ok(Array.isArray(result.record.resident_models));
    }),
  );
});
