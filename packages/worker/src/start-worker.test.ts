import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { parseWorkerRecord, SILENCE_METADATA_KEY, type WorkerRecord } from '@parley/worker-api';
import { FakeClock } from '@parley/testkit';
import type { WorkerRegistration } from './registration/worker-registration.ts';
import { startWorker } from './start-worker.ts';
import { ManualEngine } from './testing/manual-engine.ts';
import { startTestWorker } from './testing/start-test-worker.ts';

/** A registration that notes what it is told. */
function recordCalls() {
  const calls: string[] = [];
  const records: WorkerRecord[] = [];
  const note = (call: string, record: WorkerRecord): void => {
    calls.push(call);
    records.push(record);
  };
  const registration: WorkerRegistration = {
    register: (record) => note('register', record),
    heartbeat: (record) => note('heartbeat', record),
    deregister: (name) => void calls.push(`deregister ${name}`),
  };
  return { calls, records, registration };
}

/** Leaves messages as they are on the wire. */
function same(bytes: Buffer): Buffer {
  return bytes;
}

function deregister(): never {
  throw new Error('no connection');
}

/** Asks the standard health service by hand: its only field is the status, 1 for SERVING, 2 for NOT_SERVING. */
async function askHealth(port: number, service: string): Promise<number | undefined> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const request = Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]);
  client.makeUnaryRequest('/grpc.health.v1.Health/Check', same, same, request, (error, reply) => {
    if (error === null) resolve(reply?.at(1));
    else reject(error);
  });
  try {
    return await promise;
  } finally {
    client.close();
  }
}

test('a worker is ready only when its default model is loaded', async () => {
  const engine = new ManualEngine(['a']);
  const gate = engine.holdLoads('a');
  const { calls, registration } = recordCalls();
  const starting = startWorker({ engine, name: 'w', registration });
  await engine.loading(1);
  assert.deepEqual(calls, []);
  gate.release();
  await using worker = await starting;
  assert.deepEqual(calls, ['register']);
  assert.equal(worker.addr, `grpc://127.0.0.1:${worker.port}`);
});

test('a worker whose default model cannot be loaded does not start', async () => {
  const engine = new ManualEngine(['a']);
  const gate = engine.holdLoads('a');
  const starting = startWorker({ engine, name: 'w' });
  await engine.loading(1);
  gate.fail(new Error('no such file'));
  await assert.rejects(starting, { code: 'LOAD_FAILED', message: 'a could not be loaded: no such file' });
});

test('a port that is taken is named, and everything is given back', async () => {
  await using first = await startTestWorker();
  const engine = new ManualEngine(['a']);
  const second = startWorker({ engine, name: 'w', port: first.worker.port });
  await assert.rejects(second, {
    code: 'ADDRESS_IN_USE',
    message: /another process listens on 127\.0\.0\.1:\d+/,
  });
  assert.deepEqual(engine.unloads, ['a']);
});

test('the record says who, where, what and how, and reads back as itself', async () => {
  await using started = await startTestWorker({ name: 'w', maxSessions: 7, version: '1.2.3' });
  await started.client.start('s');
  await started.client.speak('s', 'Hello');
  const record = started.worker.record();
  assert.deepEqual(parseWorkerRecord(JSON.stringify(record)), { kind: 'ok', record });
  assert.equal(record.name, 'w');
  assert.equal(record.addr, started.worker.addr);
  assert.equal(record.capabilities.max_concurrent_sessions, 7);
  assert.deepEqual(record.resident_models, ['tone']);
  assert.deepEqual(
    record.models?.map((model) => model.is_loaded),
    [true, false],
  );
  assert.equal(record.metrics.queue_depth, 1);
  assert.ok(record.metrics.rtf > 0 && record.metrics.p50_latency_ms > 0);
  assert.equal(record.draining, false);
  assert.equal(record.version, '1.2.3');
  const { metrics } = await started.client.capabilities();
  assert.equal(metrics['queue_depth'], 1);
});

test("a heartbeat is sent every third of the record's life, and a goodbye at the end", async () => {
  const clock = new FakeClock();
  const { calls, records, registration } = recordCalls();
  const worker = await startWorker({
    engine: new ManualEngine(),
    name: 'w',
    registration,
    registrationTtlMs: 30_000,
    clock,
  });
  for (let beats = 1; beats <= 3; beats += 1) {
    clock.advance(9999);
    assert.equal(calls.length, beats);
    clock.advance(1);
    assert.equal(calls.length, beats + 1);
    // The beat's own promise settles before the next one may be sent.
    await new Promise(setImmediate);
  }
  assert.deepEqual(calls, ['register', 'heartbeat', 'heartbeat', 'heartbeat']);
  assert.equal(records.at(-1)?.last_heartbeat_ts, clock.wallMs() / 1000);
  await worker.close();
  await worker.close();
  assert.equal(calls.at(-1), 'deregister w');
  assert.equal(calls.length, 5);
  assert.equal(clock.pending, 0, 'no timer is left');
});

test('what comes into memory or leaves it is told at once, not with the next heartbeat', async () => {
  const { calls, records, registration } = recordCalls();
  await using started = await startTestWorker({ registration, clock: new FakeClock() });
  const { client } = started;
  await client.loadModel('tone-alt');
  await new Promise(setImmediate);
  assert.deepEqual(calls, ['register', 'heartbeat']);
  assert.deepEqual(records.at(-1)?.resident_models, ['tone', 'tone-alt']);
  await client.unloadModel('tone-alt');
  await new Promise(setImmediate);
  assert.deepEqual(calls, ['register', 'heartbeat', 'heartbeat']);
  assert.deepEqual(records.at(-1)?.resident_models, ['tone']);
});

test('a registry that fails is tried again and never stops the worker', async () => {
  const clock = new FakeClock();
  const { calls, registration } = recordCalls();
  let broken = true;
  const register: WorkerRegistration['register'] = (record) => {
    if (broken) throw new Error('no connection');
    return registration.register(record);
  };
  const engine = new ManualEngine();
  await using worker = await startWorker({
    engine,
    name: 'w',
    clock,
    registration: { ...registration, register, deregister },
  });
  assert.deepEqual(calls, []);
  broken = false;
  clock.advance(10_000);
  await new Promise(setImmediate);
  assert.deepEqual(calls, ['register']);
  assert.ok(worker.port > 0);
});

test('a draining worker says so, takes no new sessions and finishes what it speaks', async () => {
  const clock = new FakeClock();
  const engine = new ManualEngine();
  const { records, registration } = recordCalls();
  await using started = await startTestWorker({ engine, clock, registration });
  const { client, worker } = started;
  await client.start('s');
  const stream = client.open();
  stream.send({ sessionId: 's', text: 'one', isFinal: true });
  const speech = await engine.nextSpeech();
  assert.equal(await askHealth(worker.port, 'tts.TTSService'), 1);
  const drained = worker.drain(60_000);
  assert.equal(await askHealth(worker.port, 'tts.TTSService'), 2);
  assert.equal(records.at(-1)?.draining, true);
  await assert.rejects(client.start('late'), { code: status.UNAVAILABLE });
  clock.advance(30_000);
  speech.sink.audio(new Uint8Array(1920), 48_000);
  speech.finish();
  await stream.ended;
  assert.equal(stream.frames.at(-1)?.isFinal, true);
  await new Promise(setImmediate);
  clock.advance(250);
  assert.equal(await drained, 'finished');
});

test('a drain does not wait longer than it was told', async () => {
  const clock = new FakeClock();
  const engine = new ManualEngine();
  await using started = await startTestWorker({ engine, clock });
  await started.client.start('s');
  const stream = started.client.open();
  stream.send({ sessionId: 's', text: 'one', isFinal: true });
  await engine.nextSpeech();
  const drained = started.worker.drain(1000);
  await new Promise(setImmediate);
  clock.advance(1000);
  assert.equal(await drained, 'timed_out');
  await started.worker.close();
  // A marker would say that all of the text was spoken, and the rest of it would be said by nobody.
  await assert.rejects(stream.ended, { code: status.UNAVAILABLE });
  assert.deepEqual(stream.frames, []);
});

test('a session that is silent for long is ended and gives its place back', async () => {
  const clock = new FakeClock();
  await using started = await startTestWorker({
    clock,
    maxSessions: 1,
    sessionIdleMs: 1000,
    engine: new ManualEngine(),
  });
  await started.client.start('gone');
  clock.advance(750);
  await assert.rejects(started.client.start('new'), { code: status.RESOURCE_EXHAUSTED });
  clock.advance(500);
  assert.equal((await started.client.start('new')).success, true);
  assert.equal(started.worker.record().metrics.queue_depth, 1);
});

test('a session is ended sooner where its orchestrator says how long it will be silent at most', async () => {
  const clock = new FakeClock();
  const engine = new ManualEngine();
  await using started = await startTestWorker({ clock, maxSessions: 2, engine });
  const { client } = started;
  for (const sessionId of ['silent', 'speaking']) {
    const metadata = new Metadata();
    metadata.set(SILENCE_METADATA_KEY, '9000');
    await new Promise((resolve) => {
      client.raw.startSession({ sessionId, modelId: '', options: {} }, metadata, resolve);
    });
  }
  const stream = client.open();
  stream.send({ sessionId: 'speaking', text: 'one', isFinal: true });
  const speech = await engine.nextSpeech();
  clock.advance(8999);
  await assert.rejects(client.start('new'), { code: status.RESOURCE_EXHAUSTED });
  clock.advance(1001);
  assert.equal((await client.start('new')).success, true);
  await assert.rejects(client.start('one too many'), { code: status.RESOURCE_EXHAUSTED });
  clock.advance(100_000);
  assert.equal(
    started.worker.record().metrics.queue_depth,
    2,
    'who says nothing of it may be silent for longer',
  );
  speech.finish();
  await stream.ended;
});

test('server reflection lists the service', async () => {
  await using started = await startTestWorker();
  const client = new Client(`127.0.0.1:${started.worker.port}`, credentials.createInsecure());
  const method = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
  const stream = client.makeBidiStreamRequest(method, same, same);
  // ServerReflectionRequest.list_services = 7
  stream.write(Buffer.from([0x3a, 0x01, 0x2a]));
  const [reply] = (await once(stream, 'data')) as [Buffer];
  stream.end();
  client.close();
  assert.ok(reply.includes('tts.TTSService'));
});
