import { configJsonSchema, type JsonSchema } from './config-schema.ts';

/** One known path of the configuration. */
export interface Setting {
  /** Dotted path, such as `vad.noise_gate.enabled`. */
  readonly key: string;
  /** `section` holds named settings, `map` holds names of the operator's own, `value` is a leaf. */
  readonly kind: 'section' | 'map' | 'value';
  readonly schema: JsonSchema;
  /** Names below a section. */
  readonly children: readonly string[];
}

/** Every known path, by its dotted key; the root is the empty key. */
export type Settings = ReadonlyMap<string, Setting>;

/** The known paths, read off the schema so that they can never differ from what is checked. */
export function readSettings(schema: JsonSchema = configJsonSchema()): Settings {
  const settings = new Map<string, Setting>();
  const visit = (key: string, node: JsonSchema): void => {
    const children = Object.keys(node.properties ?? {});
    settings.set(key, { key, kind: kindOf(node), schema: node, children });
    for (const [name, child] of Object.entries(node.properties ?? {})) {
      if (typeof child === 'object') visit(joinKey(key, name), child);
    }
  };
  visit('', schema);
  return settings;
}

function kindOf(node: JsonSchema): Setting['kind'] {
  if (node.properties !== undefined) return 'section';
  return typeof node.additionalProperties === 'object' ? 'map' : 'value';
}

/** The setting at or nearest above a path. */
export function nearestSetting(settings: Settings, path: readonly PropertyKey[]): Setting | undefined {
  for (let length = path.length; length >= 0; length--) {
    const setting = settings.get(path.slice(0, length).map(String).join('.'));
    if (setting !== undefined) return setting;
  }
  return undefined;
}

/** `a.b` and `c` make `a.b.c`; an empty parent is the root. */
export function joinKey(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}
