import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ServerProcess, startServer, TEST_MODEL_NAME, unpackTestModel } from '@parley/testkit';
import { V1Client } from '../duplex/support/v1-client.ts';

/** The file that `npm start` reads. */
const LOCAL = readFileSync(new URL('../../configs/local.yaml', import.meta.url), 'utf8');

describe('npm start', () => {
  let folder: string;
  let model: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'parley-start-up-'));
    model = await unpackTestModel();
    mkdirSync(join(folder, 'full'));
    symlinkSync(model, join(folder, 'full', 'whisper-base.en'));
    mkdirSync(join(folder, 'fixture'));
    symlinkSync(model, join(folder, 'fixture', TEST_MODEL_NAME));
    mkdirSync(join(folder, 'broken', 'whisper-base.en'), { recursive: true });
    writeFileSync(join(folder, 'broken', 'whisper-base.en', 'base.en-encoder.onnx'), 'half a model');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function start(cache: string, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    return startServer({ config: LOCAL, env: { ASR_CACHE_DIR: join(folder, cache), ...env } });
  }

  async function healthOf(server: ServerProcess): Promise<unknown> {
    const health: unknown = await (await fetch(`${server.url}/health`)).json();
    assert.ok(typeof health === 'object' && health !== null && 'checks' in health);
    const { checks } = health;
    return typeof checks === 'object' && checks !== null && 'asr' in checks ? checks.asr : undefined;
  }

  test('listens and echoes by itself when there is a Whisper model in the cache', async () => {
    await using server = await start('full');
    assert.match(server.stderr(), /^ {2}Hearing +whisper \(whisper-base\.en\), answered by echo$/m);
    assert.deepEqual(await healthOf(server), { status: 'ok' });
    await using client = await V1Client.connect(server.wsUrl);
    assert.equal(client.start.settings.asr?.enabled, true);
    assert.equal(client.start.settings.responder.mode, 'echo');
  });

  test('says that recognition is off without one, and how to turn it on; the model for tests does not count', async () => {
    await using server = await start('fixture');
    assert.match(
      server.stderr(),
      /^ {2}Hearing +off, for want of a Whisper model; docs\/listening\.md tells/m,
    );
    assert.deepEqual(await healthOf(server), { status: 'disabled' });
    await using client = await V1Client.connect(server.wsUrl);
    assert.equal(client.start.settings.asr, undefined);
    assert.equal(client.start.settings.responder.mode, 'none');
  });

  test('does as it is told, whatever there is in the cache', async () => {
    await using off = await start('full', { ASR_ENABLED: 'false' });
    assert.match(off.stderr(), /^ {2}Hearing +off \(asr\.enabled\)$/m);
    assert.deepEqual(await healthOf(off), { status: 'disabled' });
    await using chosen = await start('full', { ASR_MODEL_PATH: model, RESPONDER_MODE: 'none' });
    assert.match(chosen.stderr(), /^ {2}Hearing +whisper \(parley-test-model-[\da-f]+\), transcripts only$/m);
  });

  test('does not start with a model that is broken, and names file, reason and way out', async () => {
    await assert.rejects(start('broken'), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /ended with 1 /);
      assert.match(error.message, /parley: .*broken\/whisper-base\.en has no file \*decoder\*\.onnx/);
      assert.match(error.message, /asr\.enabled=false/);
      assert.doesNotMatch(error.message, /should not have happened/);
      return true;
    });
  });
});
