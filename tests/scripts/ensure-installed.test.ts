import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const script = new URL('../../scripts/ensure-installed.mjs', import.meta.url).href;

interface Folder {
  readonly wanted: object | undefined;
  readonly present: object | undefined;
  readonly hasNode?: boolean;
}

const wanted = {
  '': { name: 'root' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/mac-only': { version: '1.0.0', integrity: 'sha512-m', optional: true },
  'node_modules/own': { link: true, resolved: 'packages/own' },
  'packages/own': { version: '0.1.0', dependencies: { a: '1.0.0' } },
};

const { '': _root, 'node_modules/mac-only': _optional, ...present } = wanted;

/** What the script says of a repository with these two lock files. */
function isInstalled({ wanted: asked, present: found, hasNode = true }: Folder): boolean {
  const root = mkdtempSync(join(tmpdir(), 'parley-installed-'));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  try {
    if (asked !== undefined) put('package-lock.json', JSON.stringify({ packages: asked }));
    if (found !== undefined) put('node_modules/.package-lock.json', JSON.stringify({ packages: found }));
    if (hasNode) put(`node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, '');
    const code = `import { isInstalled } from '${script}'; process.stdout.write(String(isInstalled(process.argv[1])))`;
    return (
      execFileSync(process.execPath, ['--input-type=module', '-e', code, root], { encoding: 'utf8' }) ===
      'true'
    );
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('a folder that holds what the lock file asks for counts as installed', () => {
  assert.equal(isInstalled({ wanted, present }), true);
});

test('nothing installed, or an installation that was interrupted, does not count', () => {
  assert.equal(isInstalled({ wanted, present: undefined }), false);
  assert.equal(isInstalled({ wanted, present, hasNode: false }), false);
});

test('a lock file that asks for something newer, something more or other dependencies does not match', () => {
  const newer = { ...wanted, 'node_modules/a': { version: '1.0.1', integrity: 'sha512-b' } };
  const more = { ...wanted, 'node_modules/b': { version: '1.0.0' } };
  const other = { ...wanted, 'packages/own': { version: '0.1.0', dependencies: { a: '1.0.0', b: '1.0.0' } } };
  for (const changed of [newer, more, other]) assert.equal(isInstalled({ wanted: changed, present }), false);
});
