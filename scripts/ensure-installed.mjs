// Plain JavaScript without dependencies: this runs on the machine's own Node, before anything is installed.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './run-child.mjs';

const oldestNodeMajor = 20;
const dependencyKinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** Top folder of the repository. */
export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that the repository pins as a dependency and runs on. */
export function pinnedNode(root = repositoryRoot) {
  return join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

/**
 * Installs the dependencies unless they are there and match package-lock.json.
 *
 * @returns undefined when all is well, otherwise the exit code to end with; the reason has been printed
 */
export async function ensureInstalled(root = repositoryRoot) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < oldestNodeMajor) {
    return explain(
      `Parley needs Node ${oldestNodeMajor} or newer to set itself up; this is Node ${process.version}.`,
      'Get one from https://nodejs.org or your package manager, then try again.',
    );
  }
  if (isInstalled(root)) return undefined;
  // On stderr, as everything here: stdout belongs to what is started afterwards.
  console.error('Setting up Parley: installing what it needs (once, about 30 s) ...');
  const code = await install(root);
  if (code !== 0) {
    return explain('Setting up failed: "npm ci" did not finish; its messages are above.', '', code);
  }
  if (!existsSync(pinnedNode(root))) {
    return explain(
      'Setting up failed: the install script of the npm package "node", which brings the right Node, did not run.',
      'If "npm config get ignore-scripts" says true, run: npm ci --include=dev --ignore-scripts=false',
    );
  }
  return undefined;
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes down what it installed only at its very
 * end, so an installation that was interrupted counts as none.
 */
export function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined || !existsSync(pinnedNode(root))) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    // Packages for other platforms are never there.
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return isSamePackage(entry, found);
  });
}

function isSamePackage(wanted, found) {
  return (
    wanted.version === found.version &&
    wanted.integrity === found.integrity &&
    wanted.link === found.link &&
    dependencyKinds.every((kind) => JSON.stringify(wanted[kind]) === JSON.stringify(found[kind]))
  );
}

function readPackages(path) {
  try {
    const { packages } = JSON.parse(readFileSync(path, 'utf8'));
    return typeof packages === 'object' && packages !== null ? packages : undefined;
  } catch {
    return undefined;
  }
}

// Development packages are named, as NODE_ENV=production would leave them out and the pinned Node with them.
async function install(root) {
  const args = ['ci', '--loglevel=error', '--include=dev'];
  const npm = process.env.npm_execpath;
  const isScript = npm !== undefined && /npm(-cli)?\.[cm]?js$/.test(npm);
  const result = await runChild(isScript ? process.execPath : 'npm', isScript ? [npm, ...args] : args, {
    cwd: root,
    // What npm prints goes to stderr too, so that the output of what is started can be piped.
    stdio: ['inherit', 2, 2],
    // The inference library's own install step would fetch GPU libraries from elsewhere.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    shell: !isScript && process.platform === 'win32',
  });
  return result.signal === null ? result.code : 1;
}

function explain(what, advice, code = 1) {
  console.error(what);
  if (advice !== '') console.error(advice);
  return code === 0 ? 1 : code;
}
