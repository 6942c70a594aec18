import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));
const PROTOCOL = '@parley/protocol/client';

/** Options of {@link buildDist}. */
export interface BuildDistOptions {
  /** Folder to make; what was in it is gone. */
  readonly folder: string;
  /** Leaves out all comments, also those of the types. Default false. */
  readonly removeComments?: boolean;
}

/**
 * Builds the package as JavaScript with types, for Node from 20 on, browsers and bundlers: in this repository
 * it is run as TypeScript, which only newer Nodes can. What it needs of the protocol is built in, so that the
 * folder is a package without dependencies.
 *
 * @throws Error with what the compiler says
 */
export function buildDist({ folder, removeComments = false }: BuildDistOptions): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  compile(folder, removeComments);
  for (const name of globSync('**/*.{js,d.ts}', { cwd: folder })) relink(folder, join(folder, name));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), undefined, 2)}\n`);
}

function compile(folder: string, removeComments: boolean): void {
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const project = join(PACKAGE, 'tsconfig.build.json');
  const { status, stdout } = spawnSync(
    process.execPath,
    [compiler, '-p', project, '--outDir', folder, '--removeComments', String(removeComments)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`tsc failed:\n${stdout}`);
}

/** Points imports of the protocol at its copy, and those of types, which tsc leaves alone, at what is there. */
function relink(folder: string, file: string): void {
  const protocol = relative(dirname(file), join(folder, 'protocol/src/client.js')).replaceAll(sep, '/');
  const code = readFileSync(file, 'utf8')
    .replaceAll(`'${PROTOCOL}'`, `'${protocol}'`)
    .replaceAll(/(from '\.{1,2}\/[^']+)\.ts'/g, "$1.js'");
  writeFileSync(file, code);
}

function manifest(): object {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is this package's own
  const own = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as Record<string, unknown>;
  return {
    name: own['name'],
    version: own['version'],
    description: own['description'],
    license: own['license'],
    type: 'module',
    sideEffects: ['**/*-worklet.js'],
    engines: { node: '>=20' },
    exports: {
      '.': entryOf('index'),
      './browser': entryOf('browser/index'),
      './node': entryOf('node/index'),
    },
  };
}

function entryOf(name: string): object {
  return { types: `./client/src/${name}.d.ts`, default: `./client/src/${name}.js` };
}
