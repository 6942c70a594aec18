import type { OrchestratorConfig } from './config.ts';

/** Where workers are really looked up; `none` when the one fixed address is all there is. */
export type ResolvedRegistryKind = 'memory' | 'redis' | 'none';

/**
 * What `registry.kind` comes to. `auto` is memory when there is an embedded worker, otherwise none when
 * `routing.static_worker_addr` is set, otherwise Redis.
 */
export function resolveRegistryKind(
  config: Pick<OrchestratorConfig, 'registry' | 'workers' | 'routing'>,
): ResolvedRegistryKind {
  const { kind } = config.registry;
  if (kind !== 'auto') return kind;
  if (config.workers.embedded.enabled) return 'memory';
  return config.routing.static_worker_addr === undefined ? 'redis' : 'none';
}
