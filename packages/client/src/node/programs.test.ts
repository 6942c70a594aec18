import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openPlayerProgram } from './player-program.ts';
import { openProgramMicrophone } from './program-microphone.ts';

const MISSING = { command: 'no-such-program-anywhere', args: [] } as const;

function nodeProgram(code: string): { command: string; args: string[] } {
  return { command: process.execPath, args: ['-e', code] };
}

describe('programs for sound', { timeout: 20_000 }, () => {
  test('a recording program is heard in whole frames, wherever its output is cut', async () => {
    // 1001 bytes, in two writes that split a sample.
    const code = `const b = Buffer.alloc(1001); for (let i = 0; i < 500; i++) b.writeInt16LE(i, 2 * i);
      process.stdout.write(b.subarray(0, 333)); setTimeout(() => process.stdout.write(b.subarray(333)), 30);`;
    const microphone = await openProgramMicrophone({
      programs: [MISSING, nodeProgram(code)],
      sampleRateHz: 8000,
    });
    const heard: number[] = [];
    microphone.start((frame) => {
      assert.equal(frame.length, 160);
      heard.push(...frame);
    });
    await microphone.ended;
    await microphone.close();
    assert.deepEqual(
      heard,
      Array.from({ length: 480 }, (_, i) => i),
    );
  });

  test('a recording program that never ends is stopped', async () => {
    const microphone = await openProgramMicrophone({
      programs: [nodeProgram('setInterval(() => {}, 1000)')],
    });
    await microphone.close();
    await microphone.close();
    await microphone.ended;
  });

  test('a playing program gets every sample, and the time to play them', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-program-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'played');
    const code = `process.stdin.pipe(require('fs').createWriteStream(${JSON.stringify(path)}))`;
    const output = await openPlayerProgram({ programs: [MISSING, nodeProgram(code)] });
    const samples = Int16Array.from([1, -1, 300]);
    output.write(samples);
    samples.fill(9);
    await output.close();
    await output.close();
    assert.deepEqual([...readFileSync(path)], [1, 0, 255, 255, 44, 1]);
  });

  test('a playing program that leaves is no trouble', async () => {
    const output = await openPlayerProgram({ programs: [nodeProgram('process.exit(3)')] });
    for (let i = 0; i < 100; i += 1) {
      output.write(new Int16Array(960));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await output.close();
  });

  test('where no program is installed the error names all that were tried', async () => {
    await assert.rejects(openPlayerProgram({ programs: [MISSING] }), {
      code: 'PLAYBACK_FAILED',
      message: /no-such-program-anywhere/,
    });
    await assert.rejects(openProgramMicrophone({ programs: [MISSING] }), { code: 'MICROPHONE_FAILED' });
  });
});
