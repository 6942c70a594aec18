import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../bin/parley.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'parley-launcher-'));
after(() => rmSync(folder, { recursive: true }));

/** Makes the first process, and none that it starts, take itself for Node 20. */
const asNode20 = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process.versions, 'node', { value: '20.1.0' });" +
    "Object.defineProperty(process, 'version', { value: 'v20.1.0' });",
)}`;

interface Launch {
  readonly code: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function launch(script: string, args: readonly string[], nodeArgs: readonly string[] = []): Promise<Launch> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...nodeArgs, script, ...args], { env: {} }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

describe('the launcher', () => {
  test('runs the command', async () => {
    const result = await launch(launcher, ['--version']);
    assert.deepEqual([result.code, /^\d+\.\d+\.\d+\n$/.test(result.stdout)], [0, true], result.stderr);
  });

  test('hands over to the pinned Node when it is run by an older one, and ends as that one does', async () => {
    const result = await launch(launcher, ['--version'], ['--import', asNode20]);
    assert.deepEqual([result.code, /^\d+\.\d+\.\d+\n$/.test(result.stdout)], [0, true], result.stderr);
    const wrong = await launch(launcher, ['dance'], ['--import', asNode20]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /unknown command 'dance'/);
  });

  test('without the pinned Node it says what to do, in place of a syntax error', async () => {
    const alone = join(folder, 'parley.mjs');
    cpSync(launcher, alone);
    const result = await launch(alone, ['--version'], ['--import', asNode20]);
    assert.equal(result.code, 1);
    assert.equal(
      result.stderr,
      'Parley needs Node 24 or newer; this is v20.1.0.\n' +
        'Run "npm install" in the Parley repository first: it brings the right Node along.\n',
    );
  });
});
