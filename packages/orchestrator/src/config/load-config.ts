import type { OrchestratorConfig } from './config.ts';
import type { ConfigProblem } from './problem.ts';

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
  readonly env?: Readonly<Record<string, string | undefined>>;
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
