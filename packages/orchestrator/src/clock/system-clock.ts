import type { Clock, Timer } from '../session/ports/clock.ts';

/** Longest delay that Node's timers can hold; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Makes the clock of the running process. Its timers do not keep the process alive; nothing to close.
 * A delay that is negative or not a number counts as 0, one of more than 24 days is waited for in parts.
 */
export function createSystemClock(): Clock {
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    setTimer: startTimer,
    setInterval(periodMs, onTick): Timer {
      const timer = setInterval(onTick, Math.min(periodMs, MAX_DELAY_MS));
      timer.unref();
      return { cancel: () => clearInterval(timer) };
    },
  };
}

function startTimer(delayMs: number, onDue: () => void): Timer {
  let leftMs = delayMs > 0 ? delayMs : 0;
  let timer: NodeJS.Timeout;

  function wait(): void {
    const partMs = Math.min(leftMs, MAX_DELAY_MS);
    leftMs -= partMs;
    timer = setTimeout(leftMs > 0 ? wait : onDue, partMs);
    timer.unref();
  }

  wait();
  return { cancel: () => clearTimeout(timer) };
}
