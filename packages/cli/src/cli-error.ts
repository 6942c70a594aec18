import { ExitCode } from './exit-code.ts';

/** What made a command fail. */
export type CliErrorCode =
  | 'USAGE'
  | 'CONFIG_INVALID'
  | 'START_FAILED'
  | 'UNREACHABLE'
  | 'NOT_PARLEY'
  | 'REFUSED'
  | 'SERVER_FULL'
  | 'CONNECTION_LOST'
  | 'SESSION_ENDED'
  | 'SPEECH_FAILED'
  | 'NO_PLAYER'
  | 'NO_MICROPHONE'
  | 'PLAYER_FAILED'
  | 'OUTPUT_FAILED';

/** Options of {@link CliError}. */
export interface CliErrorOptions extends ErrorOptions {
  /** What the user can do about it, shown on a line of its own. */
  readonly advice?: string;
}

/** A failure to show to the user as text, without a stack: what was wrong, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;
  readonly advice: string | undefined;

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.advice = options.advice;
  }

  /** The exit code this failure ends the command with. */
  get exitCode(): ExitCode {
    return this.code === 'USAGE' || this.code === 'CONFIG_INVALID' ? ExitCode.usage : ExitCode.failure;
  }
}
