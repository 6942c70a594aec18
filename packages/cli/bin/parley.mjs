#!/usr/bin/env node
// Plain JavaScript that old Node versions can read: the rest of Parley needs Node 24, which the
// repository installs for itself. Run with an older Node, this hands over to that one.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  await import('../src/main.ts');
} else {
  handOver();
}

function handOver() {
  const node = findPinnedNode();
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  if (node === undefined) {
    explain(`Run "npm install" in the Parley repository first: it brings the right Node along.`);
    return;
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The child may get a terminal's Ctrl-C twice, from the terminal and from here; it counts both as one.
  const forward = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  child.on('error', (error) => explain(`The Node at ${node} could not be started (${error.message}).`));
  child.on('exit', (code, signal) => {
    for (const each of signals) process.removeListener(each, forward);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}

function findPinnedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
}

function explain(advice) {
  process.stderr.write(
    `Parley needs Node ${NEEDED_MAJOR} or newer; this is ${process.version}.\n${advice}\n`,
  );
  process.exitCode = 1;
}
