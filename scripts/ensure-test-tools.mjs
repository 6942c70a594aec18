// Programs of the system that tests run as child processes. Plain JavaScript without dependencies, like all set-up.
import { accessSync, constants, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runChild } from './run-child.mjs';

/** What tests need beyond npm: the program, Debian's package of it, and what goes untested without it. */
export const testTools = [
  { program: 'redis-server', debianPackage: 'redis-server', uses: 'discovery and leases over Redis' },
  { program: 'chromium', debianPackage: 'chromium', uses: 'the SDK in a browser' },
  { program: 'openssl', debianPackage: 'openssl', uses: 'certificates for tests over TLS' },
];

// Asked by Debian's package scripts before they start a service: tests run their own servers, on their own ports.
const policyFile = '/usr/sbin/policy-rc.d';

/**
 * Installs what is missing where that can be done without asking: as root on Debian and its kin. Elsewhere it says
 * what to install; tests that need a missing program are then skipped, except in CI (CI=true).
 *
 * @returns undefined when tests may run, otherwise the exit code to end with; the reason has been printed
 */
export async function ensureTestTools() {
  let missing = findMissing();
  if (missing.length === 0) return undefined;
  if (process.getuid?.() === 0 && findProgram('apt-get') !== undefined) {
    await aptInstall(missing.map(({ debianPackage }) => debianPackage));
    missing = findMissing();
    if (missing.length === 0) return undefined;
  }
  for (const { program, uses } of missing) console.error(`Missing: ${program}, needed to test ${uses}.`);
  console.error(
    `To install: sudo apt-get install ${missing.map(({ debianPackage }) => debianPackage).join(' ')} (Debian, Ubuntu), or the like on your system.`,
  );
  if (isCi()) return 1;
  console.error('Tests that need it are skipped. With CI=true they fail instead.');
  return undefined;
}

function findMissing() {
  return testTools.filter(({ program }) => findProgram(program) === undefined);
}

/** Path of a program on PATH, or undefined. */
export function findProgram(program) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

function isCi() {
  return /^(1|true)$/i.test(process.env.CI ?? '');
}

async function aptInstall(packages) {
  console.error(`Installing for the tests (once): ${packages.join(', ')} ...`);
  const hadPolicy = existsSync(policyFile);
  if (!hadPolicy) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (await apt('install', '-y', '--no-install-recommends', ...packages)) return;
    // Most often the lists of packages are missing (images leave them out) or too old.
    if (await apt('update')) await apt('install', '-y', '--no-install-recommends', ...packages);
  } finally {
    if (!hadPolicy) rmSync(policyFile, { force: true });
  }
}

async function apt(...args) {
  const { code } = await runChild('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    // Their output goes to stderr, so that what the tests print can be piped.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return code === 0;
}
