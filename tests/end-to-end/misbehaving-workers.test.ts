import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type ServerProcess, startServer, WireClient } from '@parley/testkit';
import {
  audioFrame,
  countedSamples,
  ScriptedWorker,
  type WorkerScript,
} from '../../packages/orchestrator/src/tts/testing/scripted-worker.ts';

const TEXT = 'A text for a worker that does not behave.';
const FRAMES = 5;
const FRAME_BYTES = 1920;

/** Short enough for a test, and in the order of the real ones. */
const DEADLINES = [
  'routing.first_frame_timeout_ms=2000',
  'routing.frame_gap_timeout_ms=1500',
  'routing.segment_timeout_ms=4000',
  'routing.start_session_timeout_ms=1500',
];

type Call = Parameters<NonNullable<WorkerScript['synthesize']>>[0];

/** Whole, counted audio of five frames. */
function speakWell(call: Call): void {
  for (let frame = 0; frame < FRAMES; frame += 1) {
    call.write(audioFrame(countedSamples(960, frame * 960), 48_000, frame === FRAMES - 1));
  }
  call.end();
}

function fail(call: Call, code: status): void {
  call.emit('error', { code, details: 'as it was told to' });
}

interface Misbehaviour {
  readonly name: string;
  readonly script: WorkerScript;
  readonly code: 'WORKER_UNAVAILABLE' | 'SYNTHESIS_FAILED';
  /** Frames that are heard all the same. */
  readonly frames: number;
}

const refusals: readonly Misbehaviour[] = [
  {
    name: 'refuses the session',
    code: 'WORKER_UNAVAILABLE',
    frames: 0,
    script: { startSession: () => Promise.resolve({ success: false, message: 'there is no such voice' }) },
  },
  {
    name: 'is full',
    code: 'WORKER_UNAVAILABLE',
    frames: 0,
    script: {
      startSession: () => Promise.reject({ code: status.RESOURCE_EXHAUSTED, details: 'full' }),
    },
  },
  {
    name: 'fails to start a session',
    code: 'WORKER_UNAVAILABLE',
    frames: 0,
    script: { startSession: () => Promise.reject({ code: status.INTERNAL, details: 'boom' }) },
  },
  {
    name: 'never answers',
    code: 'WORKER_UNAVAILABLE',
    frames: 0,
    script: { startSession: () => new Promise(() => {}) },
  },
];

const failures: readonly Misbehaviour[] = [
  { name: 'hangs before the first frame', frames: 0, synthesize: () => {} },
  {
    name: 'hangs between frames',
    frames: 2,
    synthesize: (call: Call) => {
      for (const from of [0, 960]) call.write(audioFrame(countedSamples(960, from)));
    },
  },
  {
    name: 'trickles without end',
    frames: 1,
    synthesize: (call: Call) => {
      call.write(audioFrame(countedSamples(960, 0)));
      const trickle = setInterval(() => call.write(audioFrame(countedSamples(1))), 50);
      call.on('cancelled', () => clearInterval(trickle));
    },
  },
  {
    name: 'ends in the middle with an error',
    frames: 2,
    synthesize: (call: Call) => {
      for (const from of [0, 960]) call.write(audioFrame(countedSamples(960, from)));
      fail(call, status.INTERNAL);
    },
  },
  { name: 'fails at once', frames: 0, synthesize: (call: Call) => fail(call, status.UNIMPLEMENTED) },
  { name: 'answers nothing', frames: 0, synthesize: (call: Call) => call.end() },
  {
    name: 'answers with an end marker only',
    frames: 0,
    synthesize: (call: Call) => {
      call.write(audioFrame(Buffer.alloc(0), 48_000, true));
      call.end();
    },
  },
  {
    name: 'sends an empty frame that is not final',
    frames: 0,
    synthesize: (call: Call) => void call.write(audioFrame(Buffer.alloc(0))),
  },
  ...[0, -1, 1, 7999, 192_001].map((rate) => ({
    name: `sends audio at ${rate} Hz`,
    frames: 0,
    synthesize: (call: Call) => void call.write(audioFrame(countedSamples(960), rate)),
  })),
  {
    name: 'sends what is no message',
    frames: 0,
    synthesize: (call: Call) => void call.write(Buffer.from([0xff, 0xff, 0xff, 0xff])),
  },
  {
    name: 'sends a message of 5 MB',
    frames: 0,
    synthesize: (call: Call) => void call.write(audioFrame(Buffer.alloc(5 * 1024 * 1024))),
  },
].map(({ name, frames, synthesize }) => ({
  name,
  frames,
  code: 'SYNTHESIS_FAILED' as const,
  script: { synthesize },
}));

describe('a worker behind static routing that', () => {
  let worker: ScriptedWorker;
  let server: ServerProcess;
  before(async () => {
    worker = await ScriptedWorker.start();
    server = await startServer({
      engine: 'none',
      args: [`routing.static_worker_addr=${worker.addr}`, ...DEADLINES].flatMap((set) => ['--set', set]),
    });
  });
  after(async () => {
    await server.stop();
    worker.close();
  });

  async function connect(): Promise<WireClient> {
    const client = await WireClient.connect(server.wsUrl);
    client.send({ type: 'subscribe', events: ['utterance_end'] });
    return client;
  }

  async function assertSpeaks(client: WireClient): Promise<void> {
    worker.script = { synthesize: speakWell };
    const from = client.frameCount;
    client.say(TEXT);
    await client.frames(from + FRAMES);
    assert.deepEqual(bytesOf(client.samples(from)), countedSamples(FRAMES * 960, 0));
  }

  for (const { name, script, code, frames } of [...refusals, ...failures]) {
    test(`${name} is a ${code}, and the session speaks again`, async () => {
      await using client = await connect();
      worker.script = script;
      client.say(TEXT);
      const { reason } = await client.message('utterance_end');
      assert.equal(reason, 'failed');
      assert.deepEqual(client.errorCodes, [code]);
      assert.ok(client.frameCount >= frames, `${client.frameCount} frames were heard`);
      assert.deepEqual(bytesOf(client.samples().subarray(0, frames * 960)), countedSamples(frames * 960, 0));
      const { message } = await client.message('error');
      assert.doesNotMatch(String(message), /boom|as it was told|127\.0\.0\.1/, 'tells nothing of the inside');
      await assertSpeaks(client);
    });
  }

  test('hangs can be stopped at once, before its deadline', async () => {
    await using client = await connect();
    worker.script = { synthesize: () => {} };
    client.say(TEXT);
    await worker.logged(`text ${TEXT}`);
    client.control('STOP');
    assert.equal((await client.message('utterance_end'))['reason'], 'stopped');
    await assertSpeaks(client);
    assert.deepEqual(client.errorCodes, []);
  });

  test('fails one text of three costs that text only', async () => {
    await using client = await connect();
    worker.script = {
      synthesize: (call, { text }) => (text === 'Two.' ? fail(call, status.INTERNAL) : speakWell(call)),
    };
    for (const text of ['One.', 'Two.', 'Three.']) client.say(text);
    await client.message('utterance_end', 3);
    assert.deepEqual(
      client.messages.flatMap(({ type, reason }) => (type === 'utterance_end' ? [reason] : [])),
      ['completed', 'failed', 'completed'],
    );
    assert.equal(client.frameCount, 2 * FRAMES);
  });

  test('sends odd sizes, half samples and a whole second at once is heard without a flaw', async () => {
    await using client = await connect();
    const audio = countedSamples(48_000 + 960, 0);
    worker.script = {
      synthesize: (call) => {
        for (const [from, to] of [
          [0, 1],
          [1, 8],
          [8, 1923],
          [1923, 96_000],
          [96_000, audio.length],
        ] as const) {
          call.write(audioFrame(audio.subarray(from, to), 48_000, to === audio.length));
        }
        call.end();
      },
    };
    client.say(TEXT);
    await client.message('utterance_end');
    assert.equal(client.frameCount, audio.length / FRAME_BYTES);
    assert.deepEqual(bytesOf(client.samples()), audio);
  });

  test('knows nothing of the end of a session does not hold up the client that leaves', async () => {
    const client = await connect();
    worker.script = { synthesize: speakWell, endSession: () => new Promise(() => {}) };
    client.say(TEXT);
    await client.frames(FRAMES);
    await client.leave();
    await using next = await connect();
    await assertSpeaks(next);
  });

  test('is gone in mid-sentence is an error; when it is there again, the session speaks', async () => {
    await using client = await connect();
    const port = Number(new URL(worker.addr.replace('grpc:', 'http:')).port);
    worker.script = { synthesize: (call) => void call.write(audioFrame(countedSamples(960, 0))) };
    client.say(TEXT);
    await client.frames(1);
    worker.close();
    await client.message('utterance_end');
    assert.deepEqual(client.errorCodes, ['SYNTHESIS_FAILED']);
    client.say(TEXT);
    await client.message('utterance_end', 2);
    assert.deepEqual(client.errorCodes, ['SYNTHESIS_FAILED', 'WORKER_UNAVAILABLE']);
    worker = await ScriptedWorker.start({ synthesize: speakWell }, port);
    await untilSpoken(client);
  });
});

test('an embedded worker that dies in mid-sentence is started again, and the session speaks', async () => {
  await using server = await startServer({
    config:
      'workers:\n  embedded:\n    options:\n      fault: exit\n      fault_after_frames: 10\n      ms_per_char: 20\n',
  });
  await using client = await WireClient.connect(server.wsUrl);
  client.send({ type: 'subscribe', events: ['utterance_end'] });
  client.say('This is more than ten frames, and the worker dies.');
  assert.equal((await client.message('utterance_end'))['reason'], 'failed');
  assert.deepEqual(client.errorCodes, ['SYNTHESIS_FAILED']);
  const heard = client.frameCount;
  await untilSpoken(client);
  assert.equal(client.frameCount, heard + 'Ten.'.length);
});

/**
 * Says a short text again and again until it is spoken: that a worker is there again is not told to clients. Each
 * attempt is an error at once, so they are spaced: the server drops messages that come too fast.
 */
async function untilSpoken(client: WireClient): Promise<void> {
  const heard = client.frameCount;
  const ended = client.messages.filter(({ type }) => type === 'utterance_end').length;
  for (let attempt = 1; client.frameCount === heard; attempt += 1) {
    await setTimeout(20);
    client.say('Ten.');
    await client.message('utterance_end', ended + attempt);
  }
}

function bytesOf(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}
