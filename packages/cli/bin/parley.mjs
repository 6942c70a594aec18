#!/usr/bin/env node
// Plain JavaScript that old Node versions can read: the rest of Parley needs Node 24, which the
// repository installs for itself. Run with an older Node, this hands over to that one.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const neededMajor = 24;
const main = new URL('../src/main.ts', import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= neededMajor) await import(main.href);
else await handOver();

async function handOver() {
  const node = findPinnedNode();
  if (node === undefined) {
    process.stderr.write(
      `Parley needs Node ${neededMajor} or newer; this is ${process.version}.\n` +
        'Run "npm install" in the Parley repository first: it brings the right Node along.\n',
    );
    process.exitCode = 1;
    return;
  }
  const scripts = new URL('../../../scripts/', import.meta.url);
  const { superviseServer } = await import(new URL('supervise.mjs', scripts).href);
  const { exitLike } = await import(new URL('run-child.mjs', scripts).href);
  exitLike(await superviseServer(node, [fileURLToPath(main), ...process.argv.slice(2)]));
}

function findPinnedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
}
