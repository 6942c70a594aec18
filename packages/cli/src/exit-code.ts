/** How a `parley` command ends, as the shell sees it. */
export const ExitCode = {
  /** Done. */
  ok: 0,
  /** It could not be done; standard error says why. */
  failure: 1,
  /** The configuration or the command line is wrong. */
  usage: 2,
  /** Ended by Ctrl-C (SIGINT). */
  interrupted: 130,
  /** Ended by SIGTERM. */
  terminated: 143,
} as const;

/** One value of {@link ExitCode}. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The table of exit codes for `--help`. */
export const exitCodeHelp: string = `
Exit codes:
  0    done
  1    it could not be done; standard error says why
  2    the configuration or the command line is wrong
  130  ended by Ctrl-C
  143  ended by SIGTERM`;
