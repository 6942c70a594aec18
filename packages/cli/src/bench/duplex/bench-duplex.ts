import { writeFile } from 'node:fs/promises';
import type { CliContext } from '../../cli-context.ts';
import { CliError } from '../../cli-error.ts';
import { ExitCode } from '../../exit-code.ts';
import type { BenchOptions } from '../bench-options.ts';
import { duplexCaseAsText, type DuplexEngine } from './duplex-report.ts';
import { duplexEngines, runDuplex } from './run-duplex.ts';

/** What `parley bench --duplex` does, within a run that `signal` may end. */
export async function benchDuplex(
  context: CliContext,
  options: BenchOptions,
  engines: readonly DuplexEngine[],
  run: { readonly command: string; readonly signal: AbortSignal },
): Promise<void> {
  const report = await runDuplex(options, engines, {
    ...run,
    onProgress: (what) => context.stderr.write(`${what}\n`),
    onDuplexCase: (measured) => context.stdout.write(`\n${duplexCaseAsText(measured)}\n\n`),
  });
  if (options.jsonPath !== undefined) {
    await writeFile(options.jsonPath, `${JSON.stringify(report, undefined, 2)}\n`);
    context.stderr.write(`Report written to ${options.jsonPath}\n`);
  }
  if (report.sound) return;
  context.stderr.write(
    'Frames were lost, repeated or broken, interruptions missed, or there were errors: see above.\n',
  );
  context.setExitCode(ExitCode.failure);
}

/**
 * Reads `webrtc,hybrid`.
 *
 * @throws CliError `USAGE` for an engine that there is not
 */
export function parseEngines(text: string): DuplexEngine[] {
  return text.split(',').map((name) => {
    const engine = duplexEngines.find((known) => known === name);
    if (engine !== undefined) return engine;
    throw new CliError('USAGE', `--engines: ${JSON.stringify(name)} is none of ${duplexEngines.join(', ')}`);
  });
}
