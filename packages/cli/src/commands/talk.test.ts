import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { wavHeader } from '@parley/audio';
import { type FakeServer, type FakeSession, startFakeServer } from '../testing/fake-server.ts';
import { runParley, startParley } from '../testing/run-parley.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-talk-'));
after(() => rmSync(folder, { recursive: true }));

interface Speaker {
  begin(): void;
  end(reason?: 'completed' | 'stopped'): void;
}

/** A server that begins every utterance, and ends it when `speak` says so. */
function server(speak: (speaker: Speaker, text: string) => void): Promise<FakeServer> {
  let sequence = 0;
  const speaking = new Set<Speaker>();
  const speakerOf = (session: FakeSession, id: string): Speaker => {
    return {
      begin() {
        session.send({ type: 'utterance_start', utterance_id: id, generation: 0 });
        session.sendFrame((sequence += 1));
      },
      end(reason = 'completed') {
        speaking.delete(this);
        session.endUtterance(reason, id);
      },
    };
  };
  return startFakeServer({
    onMessage: (session, message) => {
      if (message.type === 'text') {
        const speaker = speakerOf(session, message.utterance_id ?? '');
        speaking.add(speaker);
        speaker.begin();
        speak(speaker, message.text);
      } else if (message.type === 'control' && message.command === 'STOP') {
        for (const speaker of speaking) speaker.end('stopped');
      }
    },
  });
}

function textsTo(fake: FakeServer): string[] {
  return fake.received.flatMap((message) => (message.type === 'text' ? [message.text] : []));
}

function commandsTo(fake: FakeServer): string[] {
  return fake.received.flatMap((message) => (message.type === 'control' ? [message.command] : []));
}

describe('parley talk, scripted', () => {
  test('speaks every line and leaves when the last one has been spoken', async () => {
    await using fake = await server((speaker) => setTimeout(() => speaker.end(), 50));
    const path = join(folder, 'two.wav');
    const stdin = 'One.\n\nTwo.';
    const result = await runParley(['talk', '--record', path, '--url', fake.url], { stdin });
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(textsTo(fake), ['One.', 'Two.']);
    assert.equal(result.stdout.toString().match(/completed after/g)?.length, 2);
    assert.equal(readFileSync(path).readUInt32LE(40), 2 * 1920);
    assert.doesNotMatch(result.stdout.toString(), /Nothing was spoken/);
  });

  test('a recording that cannot be made is told before anything else', async () => {
    await using fake = await server((speaker) => speaker.end());
    const result = await runParley(['talk', '--record', folder, '--url', fake.url], { stdin: 'One.\n' });
    assert.deepEqual([result.code, result.stdout.length], [1, 0]);
    assert.match(result.stderr, /cannot be written to .*: it is a folder\./);
    assert.deepEqual(fake.requests, []);
  });

  test('a recording is replaced by its first sample, not by talk that says nothing', async () => {
    await using fake = await server((speaker) => speaker.end());
    const path = join(folder, 'kept.wav');
    writeFileSync(path, 'an older recording');
    const result = await runParley(['talk', '--record', path, '--url', fake.url], { stdin: '/quit\n' });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(readFileSync(path, 'utf8'), 'an older recording');
    assert.match(
      result.stdout.toString(),
      /Nothing was spoken, so that nothing is saved in .*kept\.wav\.\n$/,
    );
  });

  test('a script of many lines is sent as it is spoken', async () => {
    let most = 0;
    let now = 0;
    await using fake = await server((speaker) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        speaker.end();
      }, 5);
    });
    const lines = Array.from({ length: 250 }, (_, i) => `Line ${i}.`);
    const stdin = lines.join('\r\n');
    const result = await runParley(['talk', '--url', fake.url], { stdin });
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(textsTo(fake), lines);
    assert.ok(most <= 20, `${most} at once`);
  });

  test('commands reach the server at once', async () => {
    await using fake = await server(() => undefined);
    await using talk = startParley(['talk', '--url', fake.url], { keepsInputOpen: true });
    talk.type('A long story.\n/pause\n');
    await talk.waitFor(/Paused/);
    talk.type('/resume\n/stop\n');
    await talk.waitFor(/stopped after 0\.0 s/);
    assert.deepEqual(commandsTo(fake), ['PAUSE', 'RESUME', 'STOP']);
    talk.type('/quit\n');
    assert.equal((await talk.result).code, 0);
  });

  test('the time told of stopped speech is what was heard of it, not what had come', async () => {
    await using fake = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type !== 'text') return;
        for (let sequence = 1; sequence <= 50; sequence += 1) session.sendFrame(sequence);
        session.endUtterance('stopped', message.utterance_id, 'One', 640);
      },
    });
    const result = await runParley(['talk', '--url', fake.url], { stdin: 'One two.\n' });
    assert.match(result.stdout.toString(), /^stopped after 0\.6 s; heard: One$/m);
  });

  test('an unknown command gets the help and is not spoken', async () => {
    await using fake = await server((speaker) => speaker.end());
    const result = await runParley(['talk', '--url', fake.url], { stdin: '/dance\n//slash\n' });
    assert.match(result.stdout.toString(), /no command \/dance\.\n[^]*\/pause/);
    assert.deepEqual(textsTo(fake), ['/slash']);
  });

  test('/quit does not wait for the speech', async () => {
    await using fake = await server(() => undefined);
    const result = await runParley(['talk', '--url', fake.url], { stdin: 'Endless.\n/quit\n' });
    assert.equal(result.code, 0);
  });

  test('a script that ends in a pause is spoken to its end', async () => {
    const speakers: Speaker[] = [];
    await using fake = await server((speaker) => speakers.push(speaker));
    await using talk = startParley(['talk', '--url', fake.url], { keepsInputOpen: true });
    talk.type('One.\n/pause\n');
    await talk.waitFor(/Paused/);
    talk.endInput();
    while (!commandsTo(fake).includes('RESUME')) await new Promise((resolve) => setImmediate(resolve));
    speakers[0]?.end();
    assert.equal((await talk.result).code, 0);
  });

  test('Ctrl-C stops the speech; once more leaves', async () => {
    await using fake = await server(() => undefined);
    await using talk = startParley(['talk', '--url', fake.url], { keepsInputOpen: true });
    talk.type('Endless.\n');
    await talk.waitFor(/speaking/);
    talk.kill('SIGINT');
    await talk.waitFor(/stopped after/);
    assert.deepEqual(commandsTo(fake), ['STOP']);
    // Signals that come together are one Ctrl-C that npm has passed on.
    await new Promise((resolve) => setTimeout(resolve, 400));
    talk.kill('SIGINT');
    assert.equal((await talk.result).code, 130);
  });

  test('an error of the server is shown, and the next line is spoken all the same', async () => {
    let texts = 0;
    await using fake = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type !== 'text') return;
        texts += 1;
        if (texts === 1)
          session.send({ type: 'error', code: 'SYNTHESIS_FAILED', message: 'the voice broke' });
        session.endUtterance(texts === 1 ? 'failed' : 'completed', message.utterance_id);
      },
    });
    const result = await runParley(['talk', '--url', fake.url], { stdin: 'One.\nTwo.\n' });
    assert.match(result.stdout.toString(), /! the voice broke\nfailed after 0\.0 s\ncompleted/);
    assert.equal(result.code, 1, 'a script must notice');
  });

  test('a server that goes away ends it', async () => {
    await using fake = await startFakeServer({
      onMessage: (session, message) => {
        if (message.type === 'text') session.cut();
      },
    });
    await using talk = startParley(['talk', '--url', fake.url], { keepsInputOpen: true });
    talk.type('Hello.\n');
    const result = await talk.result;
    assert.equal(result.code, 1);
    assert.match(result.stderr, /was lost/);
  });

  test('without a player it says how to hear anything', async () => {
    await using fake = await server((speaker) => speaker.end());
    const result = await runParley(['talk', '--url', fake.url], { stdin: 'One.\n' });
    assert.match(result.stdout.toString(), /--record file\.wav/);
  });
});

describe('parley talk with a microphone', () => {
  /** A WAV file of 300 ms. */
  function microphoneFile(): string {
    const path = join(folder, 'microphone.wav');
    const bytes = new Uint8Array(4800 * 2);
    writeFileSync(path, Buffer.concat([wavHeader({ sampleRateHz: 16_000, dataBytes: bytes.length }), bytes]));
    return path;
  }

  test('sends a WAV file as if someone spoke it, shows what comes of it, and leaves at its end', async () => {
    let told = false;
    await using fake = await startFakeServer({
      transcribes: true,
      onMicrophone: (session) => {
        if (told) return;
        told = true;
        session.send({ type: 'speech_started', at_ms: 1230 });
        session.send({ type: 'state', state: 'BARGED_IN' });
        session.send({ type: 'state', state: 'LISTENING' });
        session.send({ type: 'transcript', turn_id: 't1', text: 'Hello wor', is_final: false });
        session.send({ type: 'speech_stopped', at_ms: 2000 });
        session.send({ type: 'transcript', turn_id: 't1', text: 'Hello world.\u001B[2J', is_final: true });
        session.endUtterance('completed', 'answer', 'The answer.');
      },
    });
    const result = await runParley(['talk', '--mic-file', microphoneFile(), '--url', fake.url]);
    assert.equal(result.code, 0, result.stderr);
    const lines = result.stdout.toString().split('\n').slice(1, -1);
    assert.deepEqual(lines, [
      'you speak (at 1.2 s)',
      'state BARGED_IN',
      'state LISTENING',
      'you: Hello wor …',
      'you are silent (at 2.0 s)',
      'you: Hello world.\uFFFD[2J',
      'completed after 0.0 s; heard: The answer.',
    ]);
    // The file and the second of silence that follows it, in whole frames.
    assert.equal(fake.heardBytes, (300 + 1000) * 32);
  });

  test('a server that does not transcribe is no riddle', async () => {
    await using fake = await startFakeServer();
    const result = await runParley(['talk', '--mic-file', microphoneFile(), '--url', fake.url]);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout.toString(), /^! This server does not transcribe: .*docs\/listening\.md/m);
  });

  test('a file that is no WAV, and one that is not there, are mistakes of the user', async () => {
    await using fake = await startFakeServer();
    const path = join(folder, 'no.wav');
    writeFileSync(path, 'no sound at all');
    for (const file of [path, join(folder, 'nowhere.wav')]) {
      const result = await runParley(['talk', '--mic-file', file, '--url', fake.url]);
      assert.equal(result.code, 2);
      assert.match(result.stderr, /cannot be a microphone/);
    }
    assert.deepEqual(fake.requests, []);
  });

  test('--mic where nothing can record says what to install', async () => {
    await using fake = await startFakeServer();
    const result = await runParley(['talk', '--mic', '--url', fake.url]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /alsa-utils/);
  });

  test('one microphone is enough', async () => {
    const result = await runParley(['talk', '--mic', '--mic-file', 'x.wav']);
    assert.equal(result.code, 2);
  });
});
