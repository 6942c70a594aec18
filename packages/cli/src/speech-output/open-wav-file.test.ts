import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parseWav } from '@parley/audio';
import { openWavFile } from './open-wav-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-wav-'));
after(() => rmSync(folder, { recursive: true }));
const events = { onBroken: (): void => assert.fail('it broke') };

describe('a WAV file', () => {
  test('holds what was written, and its header says how much', async () => {
    const path = join(folder, 'whole.wav');
    const wav = openWavFile({ path, events });
    wav.write(Uint8Array.of(1, 0, 2, 0));
    wav.write(Uint8Array.of(3, 0));
    await wav.finish();
    const bytes = readFileSync(path);
    const audio = parseWav(bytes);
    assert.deepEqual([audio.sampleRateHz, audio.channels, [...audio.pcm]], [48_000, 1, [1, 0, 2, 0, 3, 0]]);
    assert.equal(bytes.readUInt32LE(40), 6, 'the header is not left in its streaming form');
    assert.equal(bytes.readUInt32LE(4), 42);
  });

  test('can be read even while it is written', async () => {
    const path = join(folder, 'open.wav');
    const wav = openWavFile({ path, events });
    wav.write(Uint8Array.of(1, 0));
    assert.deepEqual([...parseWav(readFileSync(path)).pcm], [1, 0]);
    await wav.abort();
    await wav.abort();
    assert.equal(readFileSync(path).readUInt32LE(40), 2);
  });

  test('is not put into a folder that is not there', () => {
    const path = join(folder, 'no', 'where.wav');
    assert.throws(() => openWavFile({ path, events }), { code: 'OUTPUT_FAILED', message: /no such file/ });
  });

  test('does not replace another one unless it may', async () => {
    const path = join(folder, 'taken.wav');
    await openWavFile({ path, events }).finish();
    assert.throws(() => openWavFile({ path, replace: false, events }), { code: 'OUTPUT_FAILED' });
    await openWavFile({ path, events }).finish();
  });

  test('is not put on a full disk', () => {
    assert.throws(() => openWavFile({ path: '/dev/full', events }), {
      code: 'OUTPUT_FAILED',
      message: /no space left/,
    });
  });
});
