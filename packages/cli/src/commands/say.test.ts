import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parseWav, samplesFromBytes } from '@parley/audio';
import type { ClientMessageV1 } from '@parley/protocol';
import { type FakeServer, type FakeSession, greet, startFakeServer } from '../testing/fake-server.ts';
import { runParley, startParley } from '../testing/run-parley.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-say-'));
after(() => rmSync(folder, { recursive: true }));

/** Answers the last chunk of a text with as many frames as the whole text has characters. */
function speakingServer(): Promise<FakeServer> {
  let text = '';
  return startFakeServer({
    onMessage: (session, message) => {
      if (message.type !== 'text') return;
      text += message.text;
      if (!message.is_final) return;
      for (let sequence = 1; sequence <= text.length; sequence += 1) session.sendFrame(sequence);
      endUtterance(session);
      text = '';
    },
  });
}

function endUtterance(session: FakeSession, reason: 'completed' | 'failed' = 'completed'): void {
  session.endUtterance(reason);
}

function textOf(messages: readonly ClientMessageV1[]): string {
  return messages.map((message) => (message.type === 'text' ? message.text : '')).join('');
}

/** The sequence numbers of the frames in a WAV, as `sendFrame` writes them into the samples. */
function framesIn(wav: Uint8Array): number[] {
  const samples = samplesFromBytes(parseWav(wav).pcm);
  return Array.from({ length: samples.length / 960 }, (_, frame) => samples[frame * 960] ?? -1);
}

/** A program `aplay` that only writes what it hears into a file. */
function fakePlayer(body: string): { readonly PATH: string } {
  const bin = mkdtempSync(join(folder, 'bin-'));
  writeFileSync(join(bin, 'aplay'), `#!/bin/sh\n${body}\n`);
  chmodSync(join(bin, 'aplay'), 0o755);
  return { PATH: `${bin}:/usr/bin:/bin` };
}

describe('parley say', () => {
  test('saves every frame in a WAV and tells how long it is', async () => {
    await using server = await speakingServer();
    const path = join(folder, 'hello.wav');
    const result = await runParley(['say', 'Hello', '-o', path, '--url', server.url]);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /^0\.1 s of audio, the first after \d+ ms: .*hello\.wav\n$/);
    assert.deepEqual(framesIn(readFileSync(path)), [1, 2, 3, 4, 5]);
    assert.equal(readFileSync(path).readUInt32LE(40), 5 * 1920);
    assert.deepEqual(server.received, [{ type: 'text', text: 'Hello', is_final: true, utterance_id: 'c1' }]);
  });

  test('asks for voice, language and model in the URL', async () => {
    await using server = await speakingServer();
    const wishes = ['--voice', 'f 1', '--language', 'de', '--model', 'm'];
    const result = await runParley([
      'say',
      'x',
      '-qo',
      join(folder, 'v.wav'),
      '--url',
      server.url,
      ...wishes,
    ]);
    assert.equal(result.code, 0);
    assert.equal(result.stderr, '');
    assert.deepEqual(server.requests, ['/?voice=f+1&language=de&model_id=m']);
  });

  test('pipes bare samples to standard output and nothing else', async () => {
    await using server = await speakingServer();
    const { code, stdout } = await runParley(['say', 'Hi', '-o', '-', '--url', server.url]);
    assert.equal(code, 0);
    assert.deepEqual([stdout.length, stdout[0], stdout[1920]], [2 * 1920, 1, 2]);
  });

  test('reads a pipe when there is no text', async () => {
    await using server = await speakingServer();
    const options = { stdin: 'Grüße 😀\n' };
    const result = await runParley(['say', '-o', '-', '--url', server.url], options);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(textOf(server.received), 'Grüße 😀\n');
  });

  test('sends a pipe on as it comes, before it ends', async () => {
    await using server = await speakingServer();
    await using say = startParley(['say', '-', '-o', '-', '--url', server.url], { keepsInputOpen: true });
    say.type('First. Sec');
    while (textOf(server.received) !== 'First. Se') await new Promise((resolve) => setImmediate(resolve));
    say.type('ond.');
    say.endInput();
    const { code, stdout } = await say.result;
    assert.equal(code, 0);
    assert.equal(textOf(server.received), 'First. Second.');
    assert.equal(stdout.length, 14 * 1920);
  });

  test('a text beyond the longest message goes out in chunks that hold whole characters', async () => {
    await using server = await speakingServer();
    const text = '😀'.repeat(2500);
    const { code, stderr } = await runParley(['say', '-', '-o', '-', '--url', server.url], { stdin: text });
    assert.equal(code, 0, stderr);
    assert.equal(textOf(server.received), text);
    const chunks = server.received.filter((message) => message.type === 'text');
    assert.deepEqual(
      chunks.map((chunk) => chunk.is_final),
      chunks.map((_, index) => index === chunks.length - 1),
    );
    assert.ok(chunks.length >= 3);
  });

  test('text refused for lack of room is sent again', async () => {
    let texts = 0;
    await using server = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type !== 'text') return;
        texts += 1;
        if (texts === 1) session.send({ type: 'error', code: 'RATE_LIMITED', message: 'at most 5 may wait' });
        else endUtterance(session);
      },
    });
    const result = await runParley(['say', 'Hello', '-o', '-', '--url', server.url]);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(textOf(server.received), 'HelloHello');
  });

  test('nothing to say is a mistake of the user', async () => {
    await using server = await speakingServer();
    for (const [args, stdin] of [
      [[''], ''],
      [['  '], ''],
      [['-'], ' \n'],
      [[], ''],
    ] as const) {
      const result = await runParley(['say', ...args, '-o', '-', '--url', server.url], { stdin });
      assert.equal(result.code, 2, JSON.stringify(args));
      assert.match(result.stderr, /nothing to say/);
    }
  });

  test('a text without anything to speak is no failure', async () => {
    await using server = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type === 'text') endUtterance(session);
      },
    });
    const result = await runParley(['say', '😀', '-o', '-', '--url', server.url]);
    assert.equal(result.code, 0);
    assert.match(result.stderr, /nothing in that text/);
  });

  for (const [what, reason, code] of [
    ['speech that fails', 'failed', 1],
    ['a text without anything to speak', 'completed', 0],
  ] as const) {
    test(`${what} leaves the file that was there, and makes none`, async () => {
      await using server = await startFakeServer({
        onMessage: (session, message) => {
          if (message.type === 'text') endUtterance(session, reason);
        },
      });
      const cwd = mkdtempSync(join(folder, 'cwd-'));
      writeFileSync(join(cwd, 'old.wav'), 'precious');
      for (const choice of [['-o', 'old.wav'], ['-o', 'new.wav'], []]) {
        const result = await runParley(['say', 'Hello', ...choice, '--url', server.url], { cwd });
        assert.equal(result.code, code, result.stderr);
      }
      assert.deepEqual(readdirSync(cwd), ['old.wav']);
      assert.equal(readFileSync(join(cwd, 'old.wav'), 'utf8'), 'precious');
    });
  }

  test('no worker: the reason and the way out are told', async () => {
    await using server = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type !== 'text') return;
        session.send({ type: 'error', code: 'WORKER_UNAVAILABLE', message: 'no worker speaks xx' });
        endUtterance(session, 'failed');
      },
    });
    const result = await runParley(['say', 'Hello', '-o', '-', '--url', server.url]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /no worker speaks xx\n.*npm run parley -- worker/);
  });

  test('a voice, model or language that workers do not have is no want of workers', async () => {
    for (const [flag, message, advice] of [
      ['--voice', 'A worker refused the session: tone has no voice "nosuch"; it has a', 'another --voice'],
      ['--model', 'No worker has the model "nosuch".', 'What there is: parley models list'],
      ['--language', 'No worker speaks the language "nosuch".', 'What there is: parley workers'],
    ] as const) {
      await using server = await startFakeServer({
        onMessage: (session, received) => {
          if (received.type !== 'text') return;
          session.send({ type: 'error', code: 'WORKER_UNAVAILABLE', message });
          endUtterance(session, 'failed');
        },
      });
      const args = ['say', 'Hello', flag, 'nosuch', '-o', '-', '--url', server.url];
      const { code, stderr } = await runParley(args);
      assert.equal(code, 1);
      assert.ok(stderr.startsWith(`parley: ${message}\n`) && stderr.includes(advice), stderr);
      assert.doesNotMatch(stderr, /npm start|static_worker_addr/u);
    }
  });

  test('a connection lost midway keeps what came, as a whole WAV', async () => {
    await using server = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type !== 'text') return;
        session.sendFrame(1);
        session.sendFrame(2);
        session.cut();
      },
    });
    const path = join(folder, 'lost.wav');
    const result = await runParley(['say', 'Hello', '-o', path, '--url', server.url]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /Cut off: 0\.0 s of audio.*\n.*was lost/);
    assert.equal(readFileSync(path).readUInt32LE(40), 2 * 1920);
  });

  test('a server that shuts down says so', async () => {
    await using server = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type !== 'text') return;
        session.send({ type: 'session_end', session_id: 's', reason: 'server_shutdown' });
        session.close(1012);
      },
    });
    const result = await runParley(['say', 'Hello', '-o', '-', '--url', server.url]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /is shutting down/);
  });

  test('frames that the server skipped are reported', async () => {
    await using server = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type !== 'text') return;
        session.sendFrame(1);
        session.sendFrame(4);
        endUtterance(session);
      },
    });
    const result = await runParley(['say', 'Hello', '-o', '-', '--url', server.url]);
    assert.match(result.stderr, /2 frames of audio are missing/);
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`${signal} leaves a whole WAV of what came`, async () => {
      await using server = await startFakeServer({
        onMessage: (session, message) => {
          if (message.type !== 'text') return;
          for (let sequence = 1; sequence <= 7; sequence += 1) session.sendFrame(sequence);
        },
      });
      const path = join(folder, `${signal}.wav`);
      await using say = startParley(['say', 'Hello', '-o', path, '--url', server.url]);
      while ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < 44 + 7 * 1920) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      say.kill(signal);
      const result = await say.result;
      assert.equal(result.code, code);
      assert.match(result.stderr, /^Stopped: 0\.1 s/);
      assert.equal(readFileSync(path).readUInt32LE(40), 7 * 1920);
    });
  }

  test('a reader that goes away ends it quietly', async () => {
    await using server = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type !== 'text') return;
        let sequence = 0;
        const timer = setInterval(() => session.sendFrame((sequence += 1)), 5);
        session.onClosed(() => clearInterval(timer));
      },
    });
    await using say = startParley(['say', 'Hello', '-o', '-', '--url', server.url]);
    await say.waitFor(/[^]/);
    say.stopReading();
    const result = await say.result;
    assert.deepEqual([result.code, result.stderr], [0, '']);
  });

  test('a reader that is slow makes the server wait, and gets every sample', async () => {
    await using server = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type === 'text') for (let i = 1; i <= 500; i += 1) session.sendFrame(i);
        if (message.type === 'control' && message.command === 'RESUME') endUtterance(session);
      },
    });
    await using say = startParley(['say', 'Hello', '-o', '-', '--url', server.url], { isReading: false });
    const hasPaused = (): boolean => server.received.some((message) => message.type === 'control');
    while (!hasPaused()) await new Promise((resolve) => setImmediate(resolve));
    say.startReading();
    const { code, stdout } = await say.result;
    assert.equal(code, 0);
    assert.equal(stdout.length, 500 * 1920);
    const commands = server.received.flatMap((message) =>
      message.type === 'control' ? message.command : [],
    );
    // The reader may fall behind more than once.
    assert.match(commands.join(' '), /^PAUSE RESUME( PAUSE RESUME)*( PAUSE)?$/);
  });

  test('without a player and without a choice it saves a new file', async () => {
    await using server = await speakingServer();
    const cwd = mkdtempSync(join(folder, 'cwd-'));
    for (const name of ['parley.wav', 'parley-2.wav']) {
      const result = await runParley(['say', 'Hi', '--url', server.url], { cwd });
      assert.equal(result.code, 0, result.stderr);
      assert.ok(result.stderr.endsWith(`: ${name}\n`), result.stderr);
      assert.deepEqual(framesIn(readFileSync(join(cwd, name))), [1, 2]);
    }
  });

  test('--play without a player says what to install', async () => {
    await using server = await speakingServer();
    const result = await runParley(['say', 'Hi', '--play', '--url', server.url]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /alsa-utils/);
  });

  test('--play gives every sample to the player and waits for it', async () => {
    await using server = await speakingServer();
    const heard = join(folder, 'heard.raw');
    const env = fakePlayer(`cat > ${heard}.part; sleep 0.1; mv ${heard}.part ${heard}`);
    const path = join(folder, 'both.wav');
    const result = await runParley(['say', 'Hello', '-p', '-o', path, '--url', server.url], { env });
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual([...readFileSync(heard)], [...parseWav(readFileSync(path)).pcm]);
  });

  test('a player that fails is reported in its own words', async () => {
    await using server = await speakingServer();
    const env = fakePlayer('echo "audio open error: no soundcards found" >&2; exit 1');
    const result = await runParley(['say', 'Hello', '--play', '--url', server.url], { env });
    assert.equal(result.code, 1);
    assert.match(result.stderr, /aplay could not play: .*no soundcards.*\n.*-o file\.wav/);
  });

  test('a file that cannot be made is all that is reported, before anything is said', async () => {
    await using server = await speakingServer();
    const wrong: [string, RegExp][] = [
      [join(folder, 'no', 'x.wav'), /^parley: .* cannot be written to .*x\.wav: there is no folder .*no\.\n/],
      [folder, /^parley: .* cannot be written to .*: it is a folder\.\n/],
    ];
    for (const [path, message] of wrong) {
      const result = await runParley(['say', 'Hello', '-o', path, '--url', server.url]);
      assert.equal(result.code, 1);
      assert.match(result.stderr, message);
    }
    assert.deepEqual(server.requests, []);
  });

  test('control characters of a server do not reach the terminal', async () => {
    await using server = await startFakeServer({
      onOpen: (session) => {
        greet(session);
        session.send({ type: 'error', code: 'INVALID_MESSAGE', message: '\u001B[2Jgone\u0007' });
      },
    });
    const result = await runParley(['say', 'Hello', '-o', '-', '--url', server.url]);
    assert.equal(result.code, 1);
    assert.doesNotMatch(result.stderr, /[^\P{Cc}\n]/u);
  });
});
