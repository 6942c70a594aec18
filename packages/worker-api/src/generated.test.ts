import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ttsFileDescriptors } from './file-descriptor.ts';
import { AudioFrame, TTSServiceService } from './generated/tts.ts';

test('the generated code is what the proto file gives', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-generated-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync(process.execPath, [fileURLToPath(new URL('../generate.mjs', import.meta.url)), folder]);
  for (const name of ['tts.ts', 'tts-descriptor.ts']) {
    const kept = readFileSync(new URL(`generated/${name}`, import.meta.url), 'utf8');
    assert.ok(readFileSync(join(folder, name), 'utf8') === kept, `${name} is stale: run npm run generate`);
  }
});

test('the wire form has the fixed names and numbers', () => {
  assert.equal(TTSServiceService.synthesize.path, '/tts.TTSService/Synthesize');
  const frame = AudioFrame.encode({
    sessionId: 's',
    audioData: Buffer.from([1, 2]),
    sampleRate: 3,
    frameDurationMs: 4,
    sequenceNumber: 5,
    isFinal: true,
    marks: [{ word: 'w', startMs: 1, endMs: 2, textOffset: 3 }],
    textSequence: 6,
  }).finish();
  const expected = '0a01731202010218032004280530 01 a201 09 0a0177100118022003 a801 06';
  assert.equal(Buffer.from(frame).toString('hex'), expected.replaceAll(' ', ''));
});

test('a frame of a peer without our additions is read', () => {
  const frame = AudioFrame.decode(Buffer.from('0a01731202010218032004', 'hex'));
  assert.deepEqual([frame.sessionId, frame.sampleRate, frame.marks, frame.textSequence], ['s', 3, [], 0]);
});

test('the file descriptor for reflection is one file that names the service', () => {
  const files = ttsFileDescriptors();
  assert.equal(files.length, 1);
  assert.ok(files[0]?.includes('TTSService'));
});
