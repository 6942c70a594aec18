/** Which layer a setting came from. */
export type ConfigSource = 'file' | 'env' | 'flag';

/** One thing wrong with the configuration. */
export interface ConfigProblem {
  readonly source: ConfigSource;
  /** Path of the YAML file, for `file`. */
  readonly file?: string;
  /** Line in the file, from 1. */
  readonly line?: number;
  /** Column in that line, from 1. */
  readonly column?: number;
  /** Environment variable or flag, for `env` and `flag`. */
  readonly name?: string;
  /** Dotted path of the setting, such as `transport.websocket.port`; absent when the whole source is at fault. */
  readonly key?: string;
  /** The offending value as text, secrets replaced by `***`. */
  readonly value?: string;
  /** What is wrong, for people. */
  readonly message: string;
  /** What would be right, for people. */
  readonly expected: string;
}
