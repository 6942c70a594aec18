import { coerceText } from './coerce.ts';
import { elementSchema, type JsonSchema } from './config-schema.ts';
import { didYouMean } from './did-you-mean.ts';
import { describeExpectation } from './expectation.ts';
import { emptyTree, type Layer, setAt } from './layer.ts';
import type { ConfigProblem, ConfigSource } from './problem.ts';
import { joinKey, nearestSetting, type Settings } from './settings.ts';

/** One setting given by name: an environment variable or a flag. */
export interface Entry {
  /** The variable or flag. */
  readonly name: string;
  /** Dotted path of the setting. */
  readonly key: string;
  /** The value; a text is read as the setting's type. */
  readonly value: unknown;
}

/** A layer made of single entries, and what is wrong with their names. */
export interface EntryLayer {
  readonly layer: Layer;
  readonly problems: readonly ConfigProblem[];
}

/** Builds a layer from entries; where two give the same setting the later one wins. */
export function entryLayer(
  source: Exclude<ConfigSource, 'file'>,
  entries: readonly Entry[],
  settings: Settings,
): EntryLayer {
  const tree = emptyTree();
  const names = new Map<string, string>();
  const problems: ConfigProblem[] = [];
  for (const { name, key, value } of entries) {
    const found = findLeaf(key, settings);
    if (found.kind === 'unknown') {
      problems.push({ source, name, key, message: found.message, expected: found.expected });
      continue;
    }
    setAt(tree, found.path, typeof value === 'string' ? coerceText(value, found.schema) : value);
    names.set(key, name);
  }
  const layer: Layer = {
    source,
    tree,
    originOf: (path) => {
      const name = nameOf(names, path);
      return name === undefined ? { source } : { source, name };
    },
  };
  return { layer, problems };
}

type FoundLeaf =
  | { readonly kind: 'leaf'; readonly path: readonly string[]; readonly schema: JsonSchema }
  | { readonly kind: 'unknown'; readonly message: string; readonly expected: string };

function findLeaf(key: string, settings: Settings): FoundLeaf {
  const path = key.split('.');
  const exact = settings.get(key);
  if (exact?.kind === 'value') return { kind: 'leaf', path, schema: exact.schema };
  if (exact !== undefined) {
    const expected =
      exact.kind === 'map'
        ? `the name of one option below it`
        : `one of its settings: ${exact.children.join(', ')}`;
    return { kind: 'unknown', message: 'a section, which cannot be set as a whole', expected };
  }
  const parent = settings.get(path.slice(0, -1).join('.'));
  const option = parent?.kind === 'map' ? elementSchema(parent.schema) : undefined;
  if (option !== undefined && path.at(-1) !== '') return { kind: 'leaf', path, schema: option };
  return { kind: 'unknown', message: 'unknown setting', expected: suggest(path, settings) };
}

/** What an unknown path was probably meant to be, or what there is at its level. */
export function suggest(path: readonly string[], settings: Settings): string {
  const key = path.join('.');
  const near = nearestSetting(settings, path);
  const wrongAt = near === undefined || near.key === '' ? 0 : near.key.split('.').length;
  const sibling = didYouMean(path[wrongAt] ?? '', near?.children ?? []);
  if (sibling !== undefined) return `did you mean ${joinKey(near?.key ?? '', sibling)}?`;
  const last = path.at(-1) ?? '';
  const elsewhere = [...settings.keys()].find((known) => last !== '' && known.endsWith(`.${last}`));
  const other = elsewhere ?? didYouMean(key, settings.keys());
  if (other !== undefined && other !== '') return `did you mean ${other}?`;
  if (near === undefined || near.kind !== 'section') return near ? describeExpectation(near.schema) : '';
  return `one of ${near.children.join(', ')}`;
}

function nameOf(names: ReadonlyMap<string, string>, path: readonly PropertyKey[]): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const name = names.get(path.slice(0, length).map(String).join('.'));
    if (name !== undefined) return name;
  }
  return undefined;
}
