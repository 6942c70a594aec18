import type { BenchOptions } from '../bench-options.ts';
import { describeMachine } from '../machine-info.ts';
import { planCores } from '../processes/cores.ts';
import type { BenchContext } from '../run-bench.ts';
import { isDuplexSound, type DuplexCase, type DuplexEngine, type DuplexReport } from './duplex-report.ts';
import { measureDuplex } from './measure-duplex.ts';

/** What {@link runDuplex} needs beside its options. */
export interface DuplexContext extends Pick<BenchContext, 'command' | 'signal' | 'onProgress'> {
  /** Told each case as soon as it is measured. */
  readonly onDuplexCase?: (measured: DuplexCase) => void;
}

/** Engines that are measured unless told otherwise. */
export const duplexEngines: readonly DuplexEngine[] = ['webrtc', 'silero', 'hybrid'];

/** Session counts unless told otherwise. */
export const duplexSessions: readonly number[] = [1, 100, 500];

/** Measures servers whose every session speaks and listens at once, with each engine. */
export async function runDuplex(
  options: BenchOptions,
  engines: readonly DuplexEngine[],
  context: DuplexContext,
): Promise<DuplexReport> {
  const { onProgress = () => {}, onDuplexCase, signal } = context;
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  const cores = planCores(options.pin);
  onProgress(`${cores.note}; load average ${machine.loadAverage.toFixed(2)}`);
  const cases: DuplexCase[] = [];
  for (const sessions of options.sessions) {
    for (const engine of engines) {
      const name = `${sessions} with ${engine}`;
      const measured = await measureDuplex({
        sessions,
        engine,
        options,
        cores,
        signal,
        onProgress: (what) => onProgress(`${name}: ${what}`),
      });
      cases.push(measured);
      onDuplexCase?.(measured);
    }
  }
  return {
    kind: 'duplex',
    version: 2,
    startedAt,
    command: context.command,
    machine,
    pinning: cores.note,
    seconds: options.seconds,
    cases,
    sound: cases.every(isDuplexSound),
  };
}
