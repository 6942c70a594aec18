import type { OrchestratorConfig } from './config.ts';
import { type Layer, valueAt } from './layer.ts';
import type { ConfigProblem } from './problem.ts';
import { showValue } from './redact.ts';

interface Conflict {
  /** Settings at fault; the first that somebody set is the one reported. */
  readonly keys: readonly string[];
  /** Goes on after `VALUE is`. */
  readonly message: string;
  readonly expected: string;
}

/** Checks settings against each other once every one is right on its own. */
export function crossCheck(config: OrchestratorConfig, layers: readonly Layer[]): ConfigProblem[] {
  const strongestFirst = layers.toReversed();
  return findConflicts(config).map((conflict) => toProblem(conflict, strongestFirst));
}

function toProblem({ keys, message, expected }: Conflict, strongestFirst: readonly Layer[]): ConfigProblem {
  for (const key of keys) {
    const path = key.split('.');
    const layer = strongestFirst.find(({ tree }) => valueAt(tree, path) !== undefined);
    if (layer === undefined) continue;
    const value = showValue(valueAt(layer.tree, path), key);
    return { ...layer.originOf(path), key, value, message, expected };
  }
  throw new Error(`the defaults of ${keys.join(', ')} conflict: ${message}`);
}

function findConflicts(config: OrchestratorConfig): Conflict[] {
  const conflicts: Conflict[] = [];
  const { livekit } = config.transport;
  const missing = (['url', 'api_key', 'api_secret'] as const).filter((name) => livekit[name] === undefined);
  if (livekit.enabled && missing.length > 0) {
    conflicts.push({
      keys: ['transport.livekit.enabled'],
      message: `not possible without ${missing.join(', ')}`,
      expected: missing
        .map((name) => `transport.livekit.${name} (or LIVEKIT_${name.toUpperCase()})`)
        .join(', '),
    });
  }
  const { mode, llm } = config.responder;
  const unset = (['url', 'model'] as const).filter((name) => llm[name] === undefined);
  if (mode === 'llm' && unset.length > 0) {
    conflicts.push({
      keys: ['responder.mode'],
      message: `not possible without the ${unset.join(' and ')} of a language model`,
      expected: unset.map((name) => `responder.llm.${name}`).join(', '),
    });
  }
  const { first_segment_characters: first, segment_characters: later } = config.text;
  if (later < first) {
    conflicts.push({
      keys: ['text.segment_characters', 'text.first_segment_characters'],
      message: 'at odds with the other: later segments would be shorter than the first',
      expected: `text.segment_characters at least text.first_segment_characters (here ${later} and ${first})`,
    });
  }
  return conflicts;
}
