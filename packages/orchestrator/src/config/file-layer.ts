import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { emptyTree, isTree, type Layer, type Tree } from './layer.ts';
import type { ConfigProblem } from './problem.ts';
import { joinKey, type Setting, type Settings } from './settings.ts';

/** A YAML file as a layer, and what is wrong with it as YAML. */
export interface FileLayer {
  readonly layer: Layer;
  readonly problems: readonly ConfigProblem[];
}

// Deeper than any setting; a cyclic alias would otherwise never end.
const maxDepth = 16;

/** Reads YAML text. Whatever the text holds, this never throws. */
export function readFileLayer(file: string, text: string, settings: Settings): FileLayer {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: 'error',
  });
  const place = (offset: number): Pick<ConfigProblem, 'line' | 'column'> => {
    const { line, col } = lines.linePos(offset);
    return line > 0 ? { line, column: col } : {};
  };
  const problems: ConfigProblem[] = document.errors.map((error) => ({
    source: 'file',
    file,
    ...place(error.pos[0]),
    message: describeYamlError(error.code, error.message),
    expected: error.code === 'DUPLICATE_KEY' ? 'each key once' : 'valid YAML',
  }));
  // What was salvaged from broken YAML would only be reported as further problems that are not there.
  const isSound = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  const { tree, problem } = isSound ? toTree(document, settings) : { tree: emptyTree() };
  if (problem !== undefined) problems.push({ source: 'file', file, ...problem });
  const layer: Layer = {
    source: 'file',
    tree,
    originOf: (path) => ({ source: 'file', file, ...place(offsetOf(document, path)) }),
  };
  return { layer, problems };
}

// The library's texts may quote the source, and with it a secret; only those that cannot are passed on.
function describeYamlError(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'the same key twice in one section';
  if (code === 'MULTIPLE_DOCS') return 'more than one document';
  return /["'`]|: \S+$/.test(message) ? `not valid YAML (${code})` : `not valid YAML: ${message}`;
}

function toTree(
  document: Document,
  settings: Settings,
): { tree: Tree; problem?: Pick<ConfigProblem, 'message' | 'expected'> } {
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 });
  } catch {
    const problem = { message: 'aliases that cannot be resolved', expected: 'plain values, or few aliases' };
    return { tree: emptyTree(), problem };
  }
  if (data === null || data === undefined) return { tree: emptyTree() };
  if (!isTree(data)) {
    const problem = { message: 'the file is not a section', expected: 'name: value lines' };
    return { tree: emptyTree(), problem };
  }
  return { tree: tidySection(data, '', settings, 0) };
}

/**
 * Copies plain data, leaving out sections and optional settings that are empty (`session:` with every line
 * commented out): they mean "nothing set", not "set to nothing".
 */
function tidySection(section: Tree, key: string, settings: Settings, depth: number): Tree {
  const copy = emptyTree();
  if (depth > maxDepth) return copy;
  for (const [name, child] of Object.entries(section)) {
    const childKey = joinKey(key, name);
    if (child === null && mayBeEmpty(settings.get(childKey))) continue;
    const isSection = isTree(child) && Object.getPrototypeOf(child) === Object.prototype;
    copy[name] = isSection ? tidySection(child, childKey, settings, depth + 1) : child;
  }
  return copy;
}

function mayBeEmpty(setting: Setting | undefined): boolean {
  return setting !== undefined && (setting.kind !== 'value' || setting.schema.default === undefined);
}

/** Offset of the key at a path in the text, or of the nearest one above it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const name of path) {
    if (!isMap(node)) break;
    const pair = node.items.findLast((item) => isScalar(item.key) && String(item.key.value) === String(name));
    if (pair === undefined) break;
    if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
