import { writeFile } from 'node:fs/promises';
import type { CliContext } from '../../cli-context.ts';
import { CliError } from '../../cli-error.ts';
import { ExitCode } from '../../exit-code.ts';
import type { BenchOptions } from '../bench-options.ts';
import { hearingCaseAsText } from './hearing-report.ts';
import { runHearing } from './run-hearing.ts';
import { DEFAULT_WAV } from './spoken-wav.ts';

/** The flags that only `--hearing` takes. */
export interface HearingFlags {
  readonly model?: string;
  readonly wav?: string;
}

/**
 * What `parley bench --hearing` does, within a run that `signal` may end.
 *
 * @throws CliError `USAGE` without a model
 */
export async function benchHearing(
  context: CliContext,
  options: BenchOptions,
  flags: HearingFlags,
  run: { readonly command: string; readonly signal: AbortSignal },
): Promise<void> {
  const { model, wav: wavPath = DEFAULT_WAV } = flags;
  if (model === undefined) {
    throw new CliError('USAGE', 'Nothing says which recognition model is to be measured.', {
      advice: 'Give --model: a name in the cache, such as whisper-base.en, or a directory.',
    });
  }
  const report = await runHearing(
    { ...options, model, wavPath },
    {
      ...run,
      onProgress: (what) => context.stderr.write(`${what}\n`),
      onHearingCase: (measured) => context.stdout.write(`\n${hearingCaseAsText(measured)}\n\n`),
    },
  );
  if (options.jsonPath !== undefined) {
    await writeFile(options.jsonPath, `${JSON.stringify(report, undefined, 2)}\n`);
    context.stderr.write(`Report written to ${options.jsonPath}\n`);
  }
  if (report.sound) return;
  context.stderr.write('Turns were not transcribed or not answered, or there were errors: see above.\n');
  context.setExitCode(ExitCode.failure);
}
