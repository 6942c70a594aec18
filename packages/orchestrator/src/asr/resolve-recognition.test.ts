import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadConfig, resolveResponderMode } from '../config/index.ts';
import { type ResolvedConfig, resolveRecognition } from './resolve-recognition.ts';

let cache: string;
before(async () => {
  cache = await mkdtemp(join(tmpdir(), 'parley-resolve-'));
  await mkdir(join(cache, 'full', 'whisper-base.en'), { recursive: true });
});
after(() => rm(cache, { recursive: true }));

/** What the file that `npm start` reads comes to with this cache and these settings. */
function local(from: 'full' | 'empty', env: Readonly<Record<string, string>> = {}): Promise<ResolvedConfig> {
  const loaded = loadConfig({
    path: new URL('../../../../configs/local.yaml', import.meta.url).pathname,
    env: { ASR_CACHE_DIR: join(cache, from), ...env },
  });
  assert.equal(loaded.kind, 'ok');
  return resolveRecognition(loaded.config);
}

test('with a model in the cache speech is transcribed, and echoed', async () => {
  const config = await local('full');
  assert.equal(config.asr.enabled, true);
  assert.equal(config.asr.model_path, join(cache, 'full', 'whisper-base.en'));
  assert.equal(resolveResponderMode(config), 'echo');
});

test('without a model it is not, and nothing answers', async () => {
  const config = await local('empty');
  assert.equal(config.asr.enabled, false);
  assert.equal(resolveResponderMode(config), 'none');
});

test('what is said outright wins over what is found', async () => {
  assert.equal((await local('full', { ASR_ENABLED: 'false' })).asr.enabled, false);
  assert.equal((await local('empty', { ASR_ENABLED: '1' })).asr.enabled, true);
  assert.equal((await local('empty', { ASR_ENABLED: 'true' })).asr.model_path, undefined);
  assert.equal(resolveResponderMode(await local('full', { RESPONDER_MODE: 'none' })), 'none');
  const own = await local('full', { ASR_MODEL_PATH: '/models/own' });
  assert.deepEqual(
    [own.asr.enabled, own.asr.model_path],
    [true, '/models/own'],
    'for openAsr to complain of',
  );
});

test('a server that recognizes needs no model, and nobody recognizes what nobody listens to', async () => {
  assert.equal((await local('empty', { ASR_ADAPTER: 'openai' })).asr.enabled, true);
  assert.equal((await local('full', { PARLEY__VAD__ENABLED: 'false' })).asr.enabled, false);
});
