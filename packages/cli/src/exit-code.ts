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

const serverExitCodes = `
Exit codes:
  0    ended by Ctrl-C or SIGTERM
  1    it could not be done; the output says why
  2    the configuration or the command line is wrong`;

/** The table of `parley start`, for which to end when it is told to is success. */
export const startExitCodeHelp: string = serverExitCodes;

/** The table of `parley worker`: as {@link startExitCodeHelp}, but speech that is cut off is none. */
export const workerExitCodeHelp: string = `${serverExitCodes}
  130  ended at once by a second Ctrl-C
  143  ended at once by a second SIGTERM`;
