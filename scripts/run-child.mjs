import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program in the foreground and waits for its end. Signals that ask this process to end are handed to
 * `onSignal`, by default passed on, so that this process ends after the program and not before it. `onSpawn` is
 * called with the running program.
 *
 * @returns the exit code, or the signal that ended it (then the code is null); a program that cannot be started
 *   gives code 127 after a message
 */
export function runChild(command, args, { onSignal, onSpawn, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const handle = (signal) => (onSignal === undefined ? child.kill(signal) : onSignal(signal, child));
    for (const signal of endSignals) process.on(signal, handle);
    const finish = (result) => {
      for (const signal of endSignals) process.removeListener(signal, handle);
      resolve(result);
    };
    if (onSpawn !== undefined) child.once('spawn', () => onSpawn(child));
    child.once('error', (error) => {
      console.error(`${command} cannot be started: ${error.message}`);
      finish({ code: 127, signal: null });
    });
    child.once('exit', (code, signal) => finish({ code, signal }));
  });
}

/** Ends this process the way the program ended: with its code, or by the same signal. */
export function exitLike({ code, signal }) {
  if (signal === null) {
    process.exitCode = code ?? 1;
    return;
  }
  // The code a shell would report, should the signal not end this process (it may be ignored or blocked).
  process.exitCode = 128 + (constants.signals[signal] ?? 0);
  process.kill(process.pid, signal);
}
