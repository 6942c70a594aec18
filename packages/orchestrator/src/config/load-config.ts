import { readFileSync } from 'node:fs';
import { checkLayer } from './check-layer.ts';
import type { OrchestratorConfig } from './config.ts';
import { crossCheck } from './cross-check.ts';
import { type EntryLayer, entryLayer } from './entry-layer.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { type FileLayer, readFileLayer } from './file-layer.ts';
import { freezeDeep } from './freeze-deep.ts';
import { laterWorkerWins } from './later-worker-wins.ts';
import { emptyTree, type Layer, mergeTrees } from './layer.ts';
import { flagsSchema, orchestratorSchema } from './orchestrator-schema.ts';
import type { ConfigProblem } from './problem.ts';
import { readSettings, type Settings } from './settings.ts';

/** The file read when neither a path nor `CONFIG_PATH` names one; it may be missing. */
export const defaultConfigPath = 'configs/orchestrator.yaml';

/** A setting given on the command line. */
export interface ConfigFlag {
  /** The flag as typed, for problems: `--port`. */
  readonly flag: string;
  /** Dotted path of the setting: `transport.websocket.port`. */
  readonly key: string;
  /** The value; a string is read as the setting's type. */
  readonly value: unknown;
}

/** What {@link loadConfig} reads from. */
export interface LoadConfigOptions {
  /** YAML file; wins over `CONFIG_PATH`. It must exist. */
  readonly path?: string;
  /** Environment variables. Default `process.env`. */
  readonly env?: Environment;
  /** Settings from the command line, which win over all others. Default none. */
  readonly flags?: readonly ConfigFlag[];
  /** Reads a file as UTF-8 or throws with `code` `ENOENT`. Default: from the disk. */
  readonly readFile?: (path: string) => string;
}

/** Where the configuration came from. */
export interface ConfigSources {
  /** The YAML file read; absent when the default one does not exist. */
  readonly file?: string;
  /** Environment variables that were used. */
  readonly env: readonly string[];
  /** Flags that were used. */
  readonly flags: readonly string[];
}

/** Outcome of {@link loadConfig}. */
export type LoadConfigResult =
  | {
      readonly kind: 'ok';
      /** Deeply frozen. */
      readonly config: OrchestratorConfig;
      readonly sources: ConfigSources;
      /** Things that are not wrong but look like mistakes, such as an unknown `ASR_` variable. */
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

/**
 * Loads the configuration: the YAML file, then the environment, then flags, each stronger than the one before,
 * over the defaults. An embedded worker, or Redis, in a later source wins over a fixed worker in an earlier one. All
 * problems of all sources are found in one go; nothing is thrown, whatever the input.
 */
export function loadConfig(options: LoadConfigOptions = {}): LoadConfigResult {
  const settings = readSettings();
  const env = options.env ?? process.env;
  const fromFile = loadFile(options, env, settings);
  const { entries, warnings } = readEnvironment(env, settings);
  const fromEnv = entryLayer('env', entries, settings);
  const flags = options.flags ?? [];
  const fromFlags = entryLayer(
    'flag',
    flags.map(({ flag, key, value }) => ({ name: flag, key, value })),
    settings,
  );
  const problems = [
    ...fromFile.problems,
    ...inFileOrder(checkLayer(fromFile.layer, orchestratorSchema, settings)),
    ...problemsOf(fromEnv, orchestratorSchema, settings),
    ...problemsOf(fromFlags, flagsSchema, settings),
  ];
  if (problems.length > 0) return { kind: 'invalid', problems };

  const layers = [fromFile.layer, fromEnv.layer, fromFlags.layer];
  const merged = mergeTrees(layers.map(({ tree }) => tree));
  const config = flagsSchema.parse(laterWorkerWins(merged, layers));
  const conflicts = crossCheck(config, layers);
  if (conflicts.length > 0) return { kind: 'invalid', problems: conflicts };
  const sources: ConfigSources = {
    ...(fromFile.file === undefined ? {} : { file: fromFile.file }),
    env: entries.map(({ name }) => name),
    flags: flags.map(({ flag }) => flag),
  };
  return { kind: 'ok', config: freezeDeep(config), sources, warnings };
}

function problemsOf(
  { layer, problems }: EntryLayer,
  schema: typeof orchestratorSchema,
  settings: Settings,
): ConfigProblem[] {
  return [...problems, ...checkLayer(layer, schema, settings)];
}

function inFileOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function loadFile(
  { path, readFile = (file) => readFileSync(file, 'utf8') }: LoadConfigOptions,
  env: Environment,
  settings: Settings,
): FileLayer & { readonly file?: string } {
  const fromEnv = env['CONFIG_PATH'] === '' ? undefined : env['CONFIG_PATH'];
  const file = path ?? fromEnv ?? defaultConfigPath;
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    const layer: Layer = { source: 'file', tree: emptyTree(), originOf: () => ({ source: 'file' }) };
    const code = errorCode(error);
    if (code === 'ENOENT' && path === undefined && fromEnv === undefined) return { layer, problems: [] };
    const who = path === undefined && fromEnv !== undefined ? ' (CONFIG_PATH names it)' : '';
    const problem = {
      source: 'file',
      file,
      message: `cannot be read (${code})`,
      expected: `a YAML file that exists and may be read${who}`,
    } as const;
    return { layer, problems: [problem] };
  }
  return { ...readFileLayer(file, text, settings), file };
}

function errorCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unknown error';
}
