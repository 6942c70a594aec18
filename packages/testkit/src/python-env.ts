import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Options of {@link findPython}. */
export interface FindPythonOptions {
  /** Modules that a Python must have to be taken as it is. */
  readonly modules: readonly string[];
  /** For `pip install -r`, where it must be made. */
  readonly requirementsFile: string;
}

/** Result of {@link findPython}. */
export type PythonResult =
  | { readonly kind: 'found'; readonly path: string }
  /** Fit for a test's `skip`. */
  | { readonly kind: 'missing'; readonly why: string };

const INSTALL_TIMEOUT_MS = 240_000;

/**
 * Finds a Python with some modules: the system's, or one in a virtual environment that an earlier run made in the
 * folder for temporary files. In CI (`CI=true`) it is made, from PyPI.
 *
 * @throws Error in CI when it cannot be made
 */
export function findPython({ modules, requirementsFile }: FindPythonOptions): PythonResult {
  const hash = createHash('sha256').update(readFileSync(requirementsFile)).digest('hex').slice(0, 12);
  const folder = join(tmpdir(), `parley-python-${hash}`);
  const own = join(folder, 'bin', 'python');
  for (const path of ['python3', own]) {
    if (has(path, modules)) return { kind: 'found', path };
  }
  if (!/^(1|true)$/iu.test(process.env['CI'] ?? '')) {
    return { kind: 'missing', why: `no Python here has ${modules.join(', ')} (CI=true installs them)` };
  }
  // Made beside and moved: a run that is cut off leaves nothing that looks whole.
  const making = `${folder}-${process.pid}`;
  run('python3', ['-m', 'venv', '--copies', making]);
  run(join(making, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '-r', requirementsFile]);
  if (has(own, modules)) {
    // Another run was faster.
    rmSync(making, { recursive: true });
    return { kind: 'found', path: own };
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(making, folder);
  if (has(own, modules)) return { kind: 'found', path: own };
  throw new Error(`${own} lacks ${modules.join(', ')} after pip install -r ${requirementsFile}`);
}

function has(python: string, modules: readonly string[]): boolean {
  return spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0;
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT_MS,
  });
  if (status !== 0) {
    throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? stderr}`, { cause: error });
  }
}
