import type { ConfigProblem, ConfigSource } from './problem.ts';

/** Plain nested data as a source gave it, before it is checked. */
export interface Tree {
  [name: string]: unknown;
}

/** Where a setting stands, as a problem reports it. */
export type Origin = Pick<ConfigProblem, 'source' | 'file' | 'line' | 'column' | 'name'>;

/** The settings of one source, each traceable to where it was written. */
export interface Layer {
  readonly source: ConfigSource;
  readonly tree: Tree;
  /** Where the setting at a path, or the nearest one above it, was written. */
  readonly originOf: (path: readonly PropertyKey[]) => Origin;
}

/** A tree without prototype, so that a key such as `__proto__` is a key like any other. */
export function emptyTree(): Tree {
  return { __proto__: null };
}

/** Whether a value is a section rather than a leaf or a list. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path, if there is one. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let value = tree;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/** Sets the value at a path, making the sections above it. */
export function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  let section = tree;
  for (const name of path.slice(0, -1)) {
    const next = section[name];
    const child = isTree(next) ? next : emptyTree();
    section[name] = child;
    section = child;
  }
  const last = path.at(-1);
  if (last !== undefined) section[last] = value;
}

/** One tree of several; where two have the same setting the later one wins, lists are replaced whole. */
export function mergeTrees(trees: readonly Tree[]): Tree {
  const merged = emptyTree();
  for (const tree of trees) {
    for (const [name, value] of Object.entries(tree)) {
      const before = merged[name];
      merged[name] = isTree(value) ? mergeTrees(isTree(before) ? [before, value] : [value]) : value;
    }
  }
  return merged;
}
