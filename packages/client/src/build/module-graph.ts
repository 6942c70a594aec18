import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What is loaded with a module. */
export interface ModuleGraph {
  /** Files, the module itself among them. */
  readonly files: readonly string[];
  /** What is imported from elsewhere, such as `node:fs`. */
  readonly foreign: readonly string[];
}

/** Follows the imports of a built module; type-only ones are gone there. */
export function moduleGraph(entry: string): ModuleGraph {
  const files = new Set([entry]);
  const foreign = new Set<string>();
  for (const file of files) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|^import) '([^']+)'/gm)) {
      if (name.startsWith('.')) files.add(join(dirname(file), name));
      else foreign.add(name);
    }
  }
  return { files: [...files], foreign: [...foreign] };
}
