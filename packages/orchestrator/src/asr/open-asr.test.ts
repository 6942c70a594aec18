import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asrExamples, startOpenAiServer, unpackTestModel, silentLogger as logger } from '@parley/testkit';
import { createSystemClock } from '../clock/system-clock.ts';
import { loadConfig } from '../config/index.ts';
import type { AsrEngine } from './asr-engine.ts';
import { openAsr } from './open-asr.ts';
import { transcribe } from './testing/transcribe.ts';

const clock = createSystemClock();

/** Opens what a file with this `asr` section configures. */
async function openWith(asr: object): Promise<AsrEngine> {
  const result = loadConfig({ path: 'test.yaml', env: {}, readFile: () => JSON.stringify({ asr }) });
  assert.equal(result.kind, 'ok', JSON.stringify(result));
  return openAsr(result.config.asr, { clock, logger });
}

test('a model by path is opened and listens', async () => {
  const engine = await openWith({ enabled: true, model_path: await unpackTestModel() });
  const [hello] = asrExamples();
  assert.ok(hello);
  assert.equal((await transcribe(engine, hello.samples)).text, 'hello');
  await engine.close();
});

test('a server is opened and listens', async () => {
  await using server = await startOpenAiServer({ transcriptions: { text: 'from afar' } });
  const engine = await openWith({ adapter: 'openai', openai: { url: server.url, api_key: 'k', model: 'm' } });
  assert.equal((await transcribe(engine, new Int16Array(16_000).fill(99))).text, 'from afar');
  await engine.close();
});

test('a mistake in the configuration says what was wrong and what would be right', async () => {
  await assert.rejects(
    openWith({ adapter: 'other' }),
    /asr\.adapter is other, but must be one of whisper, openai/,
  );
  await assert.rejects(openWith({ cache_dir: '/nowhere' }), /no model whisper-small in \/nowhere/);
  const german = { model_path: await unpackTestModel(), language: 'de' };
  await assert.rejects(openWith(german), /asr\.language cannot be had: .*English only/);
});
