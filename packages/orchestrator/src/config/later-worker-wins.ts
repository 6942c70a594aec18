import { isTree, type Layer, type Tree, valueAt } from './layer.ts';

const EMBEDDED = ['workers', 'embedded', 'enabled'] as const;
const REGISTRY = ['registry', 'kind'] as const;
const FIXED = ['routing', 'static_worker_addr'] as const;

/**
 * Takes the fixed worker out of `merged` when a later source turns on the embedded one, or looks for workers in Redis:
 * whoever says so on the command line means it, whatever address the file has. In one source, the fixed worker wins.
 *
 * @param layers what `merged` was made of, the weakest first
 */
export function laterWorkerWins(merged: Tree, layers: readonly Layer[]): Tree {
  const { routing } = merged;
  const lastWith = (path: readonly string[]): number =>
    layers.findLastIndex(({ tree }) => valueAt(tree, path) !== undefined);
  const fixedAt = lastWith(FIXED);
  const isLater =
    (valueAt(merged, EMBEDDED) === true && lastWith(EMBEDDED) > fixedAt) ||
    (valueAt(merged, REGISTRY) === 'redis' && lastWith(REGISTRY) > fixedAt);
  if (!isLater || !isTree(routing)) return merged;
  const { static_worker_addr: _, ...others } = routing;
  return { ...merged, routing: others };
}
