import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bytesFromSamples, parseWav, samplesFromBytes, wavHeader } from '@parley/audio';
import { type ServerProcess, startServer, until } from '@parley/testkit';
import { recordUser } from '@parley/testkit/turns';
import { countedSample } from '@parley/worker';
import { runParley, startParley } from '../../packages/cli/src/testing/run-parley.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-cli-'));
after(() => rmSync(folder, { recursive: true }));

/** 60 ms at 48 kHz: what the tone engine gives for one character. */
const SAMPLES_PER_CHARACTER = 2880;
const SAMPLES_PER_FRAME = 960;

function samplesIn(path: string): Int16Array {
  return samplesFromBytes(parseWav(readFileSync(path)).pcm);
}

function assertCounts(samples: Int16Array, text: string): void {
  for (let i = 0; i < samples.length; i += 1) {
    if (samples[i] !== countedSample(text, i)) assert.fail(`sample ${i} is not the one that was synthesized`);
  }
}

async function untilLarge(path: string, bytes: number): Promise<void> {
  await until(() => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= bytes);
}

describe('the command against a real server', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  test('what is said is saved to the last sample, in order and without a gap', async () => {
    const path = join(folder, 'hello.wav');
    const { code, stderr } = await runParley(['say', 'Hello world.', '-o', path, '--url', server.wsUrl]);
    assert.equal(code, 0, stderr);
    const samples = samplesIn(path);
    assert.equal(samples.length, 12 * SAMPLES_PER_CHARACTER);
    assertCounts(samples, 'Hello world.');
  });

  test('a pipe gets the same samples', async () => {
    const args = ['say', '-', '-o', '-', '--url', server.wsUrl];
    const { code, stdout, stderr } = await runParley(args, { stdin: 'Hello world.' });
    assert.equal(code, 0, stderr);
    assertCounts(samplesFromBytes(stdout), 'Hello world.');
    assert.equal(stdout.byteLength, 12 * SAMPLES_PER_CHARACTER * 2);
  });

  test('Ctrl-C leaves a whole WAV of what had come', async () => {
    const path = join(folder, 'cut.wav');
    const text = 'This sentence is cut off in its middle.';
    await using say = startParley(['say', text, '-o', path, '--url', server.wsUrl]);
    await untilLarge(path, 44 + 5 * SAMPLES_PER_FRAME * 2);
    say.kill('SIGINT');
    assert.equal((await say.result).code, 130);
    const samples = samplesIn(path);
    assert.equal(samples.length % SAMPLES_PER_FRAME, 0);
    assert.ok(samples.length < text.length * SAMPLES_PER_CHARACTER);
    assert.equal(readFileSync(path).readUInt32LE(40), samples.byteLength);
    assertCounts(samples, text);
  });

  test('a script of lines is spoken in order', async () => {
    const path = join(folder, 'talk.wav');
    const args = ['talk', '--record', path, '--url', server.wsUrl];
    const { code, stderr } = await runParley(args, { stdin: 'One.\nThree.\n' });
    assert.equal(code, 0, stderr);
    const samples = samplesIn(path);
    const first = 'One.'.length * SAMPLES_PER_CHARACTER;
    assertCounts(samples.subarray(0, first), 'One.');
    assertCounts(samples.subarray(first), 'Three.');
    assert.equal(samples.length, first + 'Three.'.length * SAMPLES_PER_CHARACTER);
  });

  test('/stop ends the speech and what waits', async () => {
    await using talk = startParley(['talk', '--url', server.wsUrl], { keepsInputOpen: true });
    talk.type('A sentence that takes several seconds to be spoken.\nAnd another one.\n');
    await talk.waitFor(/speaking/);
    talk.type('/stop\n');
    await talk.waitFor(/stopped after .*\nstopped after 0\.0 s/);
    talk.endInput();
    assert.equal((await talk.result).code, 0);
  });

  test('a model that nobody has is reported with what to do', async () => {
    const args = ['say', 'Hello', '-o', '-', '--model', 'no-such-model', '--url', server.wsUrl];
    const { code, stderr } = await runParley(args);
    assert.equal(code, 1);
    assert.match(stderr, /No worker has the model "no-such-model"\.\n.*parley models list/);
  });

  test('a taken port is a clear failure', async () => {
    const port = new URL(server.url).port;
    const args = [
      'start',
      '--config',
      '/dev/null',
      '--engine',
      'tone',
      '--host',
      '127.0.0.1',
      '--port',
      port,
    ];
    const { code, stderr } = await runParley(args);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is taken[^]*--port`));
  });
});

describe('the command and a server with little room', () => {
  test('a text longer than the server queues is spoken whole', async () => {
    await using server = await startServer({
      config: [
        'session:',
        '  max_queued_characters: 1500',
        'workers:',
        '  embedded:',
        '    options:',
        '      duration_ms: 20',
      ].join('\n'),
    });
    const sentence = 'This is a sentence of some sixty characters, again and again. ';
    const args = ['say', '-', '-o', '-', '--url', server.wsUrl];
    const { code, stdout, stderr } = await runParley(args, { stdin: sentence.repeat(40) });
    assert.equal(code, 0, stderr);
    // Sentences may be joined into longer segments, each of which is one frame.
    assert.ok(stdout.byteLength >= (sentence.length * 40 * SAMPLES_PER_FRAME * 2) / 301);
  });

  test('a full server says so', async () => {
    await using server = await startServer({ args: ['--set', 'transport.websocket.max_connections=1'] });
    await using talk = startParley(['talk', '--url', server.wsUrl], { keepsInputOpen: true });
    await talk.waitFor(/Connected/);
    const { code, stderr } = await runParley(['say', 'Hello', '-o', '-', '--url', server.wsUrl]);
    assert.equal(code, 1);
    assert.match(stderr, /takes no more clients just now[^]*Try again/);
  });

  test('a sentence being spoken is finished when the server is told to end', async () => {
    await using server = await startServer();
    const path = join(folder, 'drained.wav');
    const text = 'This one is finished.';
    await using say = startParley(['say', text, '-o', path, '--url', server.wsUrl]);
    await untilLarge(path, 44 + SAMPLES_PER_FRAME * 2);
    server.kill('SIGTERM', 'group');
    const { code, stderr } = await say.result;
    assert.equal(code, 0, stderr);
    assert.equal(samplesIn(path).length, text.length * SAMPLES_PER_CHARACTER);
    assert.deepEqual(await server.exited, { code: 0, signal: null });
  });
});

describe('parley worker', () => {
  test('an orchestrator speaks with it; when it is gone, that is said', async () => {
    await using worker = startParley(['worker', '--engine', 'tone', '--port', '0', '-O', 'duration_ms=40']);
    const [address = ''] = await worker.waitFor(/grpc:\/\/127\.0\.0\.1:\d+/);
    await using server = await startServer({
      engine: 'none',
      args: ['--set', `routing.static_worker_addr=${address}`],
    });
    const say = ['say', 'Hello', '-o', '-', '--url', server.wsUrl];
    const { code, stdout, stderr } = await runParley(say);
    assert.equal(code, 0, stderr);
    assert.equal(stdout.byteLength, 2 * SAMPLES_PER_FRAME * 2);

    worker.kill('SIGTERM');
    assert.equal((await worker.result).code, 0);
    const without = await runParley(say);
    assert.equal(without.code, 1);
    assert.match(without.stderr, /npm run parley -- worker/);
  });

  test('every wrong option is reported at once, under the name of its flag', async () => {
    const { code, stderr } = await runParley([
      'worker',
      '--max-sessions',
      '0',
      '--port',
      'x',
      '--engine',
      'no',
    ]);
    assert.equal(code, 2);
    for (const flag of [/--max-sessions: /, /--port: /, /--engine: /]) assert.match(stderr, flag);
  });

  test('a taken port is a clear failure', async () => {
    await using first = startParley(['worker', '--engine', 'tone', '--port', '0']);
    const [address = ''] = await first.waitFor(/grpc:\/\/127\.0\.0\.1:\d+/);
    const { code, stderr } = await runParley(['worker', '-e', 'tone', '-p', new URL(address).port]);
    assert.equal(code, 1);
    assert.match(stderr, /Choose another port with --port/);
  });
});

describe('parley config', () => {
  test('check reports every problem at once, with exit code 2', async () => {
    const settings = ['--set', 'vad.aggressiveness=9', '--set', 'sesion.x=1'];
    const { code, stderr } = await runParley(['config', 'check', '--config', '/dev/null', ...settings]);
    assert.equal(code, 2);
    assert.match(stderr, /2 problems[^]*sesion\.x[^]*vad\.aggressiveness/);
  });

  test('check says where a valid configuration comes from', async () => {
    const { code, stdout } = await runParley(['config', 'check', '-c', 'configs/local.yaml'], {
      env: { LOG_LEVEL: 'DEBUG' },
    });
    assert.equal(code, 0);
    assert.equal(
      stdout.toString(),
      'The configuration from configs/local.yaml and the environment (LOG_LEVEL) is valid.\n',
    );
  });

  test('print shows what was set, as YAML that can be loaded again', async () => {
    const printed = await runParley(['config', 'print', '-c', '/dev/null', '-s', 'session.text_flush_ms=7']);
    assert.equal(printed.code, 0, printed.stderr);
    assert.match(printed.stdout.toString(), /^ {2}text_flush_ms: 7$/m);
    const path = join(folder, 'printed.yaml');
    writeFileSync(path, printed.stdout);
    const again = await runParley(['config', 'check', '--config', path]);
    assert.equal(again.code, 0, again.stderr);
  });

  test('schema is JSON Schema', async () => {
    const { code, stdout } = await runParley(['config', 'schema']);
    assert.equal(code, 0);
    assert.match(stdout.toString(), /"\$schema": "https:\/\/json-schema\.org/);
    assert.doesNotThrow(() => JSON.parse(stdout.toString()));
  });

  test('a mistake in the command line is exit code 2', async () => {
    for (const args of [
      ['dance'],
      ['config', 'check', '--set', 'x'],
      ['start', '--port', 'abc'],
      ['say', '--dance'],
    ]) {
      const { code, stderr } = await runParley(args);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    }
  });
});

test('a WAV file that talks over the speech interrupts it, and what was heard is shown and recorded', async () => {
  const user = await recordUser([
    { kind: 'quiet', ms: 1500 },
    { kind: 'say', text: 'Wait, stop right there.' },
    { kind: 'quiet', ms: 300 },
  ]);
  const microphone = join(folder, 'user.wav');
  const header = wavHeader({ sampleRateHz: 16_000, dataBytes: user.samples.byteLength });
  writeFileSync(microphone, Buffer.concat([header, bytesFromSamples(user.samples)]));
  await using server = await startServer();
  const path = join(folder, 'interrupted.wav');
  const args = ['talk', '--mic-file', microphone, '--record', path, '--url', server.wsUrl];
  const text = 'A sentence that goes on for long enough to be interrupted by somebody.';
  const { code, stdout, stderr } = await runParley(args, { stdin: text });
  assert.equal(code, 0, stderr);
  const lines = stdout.toString();
  assert.match(lines, /state SPEAKING[^]*you speak[^]*interrupted after .* s; heard: A sentence/);
  const samples = samplesIn(path);
  assertCounts(samples, text);
  assert.ok(samples.length > 48_000 && samples.length < text.length * SAMPLES_PER_CHARACTER);
});
