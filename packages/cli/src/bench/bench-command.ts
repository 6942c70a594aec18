import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { watchSignals } from '@parley/worker/signals';
import type { CliContext } from '../cli-context.ts';
import { ExitCode, exitCodeHelp } from '../exit-code.ts';
import {
  type BenchOptions,
  defaultBenchOptions,
  parseAmount,
  parseCount,
  parseSessionCounts,
  smokeBenchOptions,
} from './bench-options.ts';
import type { BenchReport } from './bench-report.ts';
import { benchDuplex, parseEngines } from './duplex/bench-duplex.ts';
import { duplexEngines, duplexSessions } from './duplex/run-duplex.ts';
import { benchHearing, type HearingFlags } from './hearing/bench-hearing.ts';
import { hearingSessions } from './hearing/run-hearing.ts';
import { runBench } from './run-bench.ts';
import { reportCommand } from './report-command.ts';
import { caseAsText } from './text-table.ts';

/** The flags of `parley bench`, as text. */
interface BenchFlags extends HearingFlags {
  readonly sessions?: string;
  readonly seconds?: string;
  readonly ramp?: string;
  readonly url?: string;
  readonly serverPid?: string;
  readonly barePipe: boolean;
  readonly pin: boolean;
  readonly workerLead?: string;
  readonly controlSample?: string;
  readonly idle?: string;
  readonly json?: string;
  readonly cpuProfile?: string;
  readonly limit?: string;
  readonly smoke?: boolean;
  readonly duplex?: boolean;
  readonly engines?: string;
  readonly hearing?: boolean;
}

/** `parley bench`: measures a server under load, beside the smallest program that could do its work. */
export function benchCommand(context: CliContext): Command {
  return new Command('bench')
    .description('Measure a server: CPU, memory, punctuality and lost frames, beside a bare pipe.')
    .option('-n, --sessions <counts>', 'speaking sessions, one case each (default: 100,500,1000)')
    .option('-t, --seconds <seconds>', 'steady time measured in each case (default: 20)')
    .option('--ramp <ms>', 'time over which the sessions begin to speak (default: 5 ms each)')
    .option('-u, --url <url>', 'measure this server instead of starting one')
    .option('--server-pid <pid>', 'process of the server behind --url, for its CPU and memory')
    .option('--no-bare-pipe', 'leave the comparison out')
    .option('--no-pin', 'let every process run on every core')
    .option('--worker-lead <ms>', 'how far the worker runs ahead of real time (default: 200)')
    .option('--control-sample <sessions>', 'sessions on which PAUSE and STOP are timed (default: 40)')
    .option('--idle <connections>', 'also weigh so many silent connections')
    .option('-j, --json <file>', 'write the report to a file')
    .option('--cpu-profile <directory>', 'write a V8 CPU profile of server and pipe for each case')
    .option('--limit <seconds>', 'give up after so long')
    .option(
      '--duplex',
      'sessions that also listen: interruption, PAUSE and STOP (default: 1,100,500 sessions)',
    )
    .option('--engines <names>', 'engines of voice activity to measure with --duplex (default: all)')
    .option(
      '--hearing',
      'sessions that speak and are answered: recognition and latency (default: 1,4,8 sessions)',
    )
    .option(
      '--model <name>',
      'recognition model to measure with --hearing: a name in the cache, or a directory',
    )
    .option('--wav <file>', 'what is said with --hearing (default: a sentence by espeak-ng)')
    .option('--smoke', 'a few seconds that show whether the counting is right, not how fast anything is')
    .addHelpText('after', help)
    .addCommand(reportCommand(context))
    .action((flags: BenchFlags) => bench(context, flags));
}

const help = `
It starts a tone worker, a server that knows no other worker, and clients that count and check every frame.
Then the same clients do the same with a bare pipe: gRPC in, WebSocket out, nothing between.
Every process is apart from the others; the report says on which core. Let nothing else run meanwhile.

Examples:
  parley bench --json bench.json
  parley bench --sessions 200 --seconds 60 --idle 5000
  parley bench --url ws://127.0.0.1:8080/ --sessions 20
  parley bench --duplex --seconds 10 --json duplex.json
  parley bench --hearing --model whisper-base.en --json hearing.json
  parley bench report bench.json --update docs/benchmarks.md
${exitCodeHelp}
Frames that were lost, repeated or broken, and errors, make it end with 1.`;

/**
 * Reads the flags.
 *
 * @throws CliError `USAGE` for a value that makes no sense.
 */
export function parseBenchFlags(flags: BenchFlags): BenchOptions {
  const base = flags.smoke === true ? smokeBenchOptions : defaultBenchOptions;
  return {
    sessions: read(flags.sessions, base.sessions, parseSessionCounts),
    seconds: read(flags.seconds, base.seconds, (text) => parseAmount('--seconds', text, 1, 86_400)),
    rampMs: read(flags.ramp, base.rampMs, (text) => parseCount('--ramp', text, 0, 600_000)),
    url: flags.url,
    serverPid: read(flags.serverPid, undefined, (text) => parseCount('--server-pid', text, 1, 2 ** 31)),
    // Beside a server that has other workers, a pipe to a tone worker compares nothing.
    barePipe: flags.barePipe && flags.url === undefined,
    pin: flags.pin,
    workerLeadMs: read(flags.workerLead, base.workerLeadMs, (text) =>
      parseCount('--worker-lead', text, 0, 60_000),
    ),
    controlSample: read(flags.controlSample, base.controlSample, (text) =>
      parseCount('--control-sample', text, 0, 1000),
    ),
    idle: read(flags.idle, base.idle, (text) => parseCount('--idle', text, 0, 100_000)),
    jsonPath: flags.json,
    cpuProfileDir: flags.cpuProfile,
    limitSeconds: read(flags.limit, base.limitSeconds, (text) => parseCount('--limit', text, 1, 604_800)),
  };
}

function read<T>(text: string | undefined, otherwise: T, parse: (text: string) => T): T {
  return text === undefined ? otherwise : parse(text);
}

async function bench(context: CliContext, flags: BenchFlags): Promise<void> {
  const options = parseBenchFlags(flags);
  const abort = new AbortController();
  let interrupted: number | undefined;
  const signals = watchSignals((signal) => {
    interrupted = signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated;
    abort.abort(new Error(`ended by ${signal}`));
  });
  try {
    const command = ['parley bench', ...process.argv.slice(process.argv.indexOf('bench') + 1)].join(' ');
    if (flags.duplex === true) {
      const duplex = {
        ...options,
        sessions: flags.sessions === undefined ? duplexSessions : options.sessions,
      };
      const engines = read(flags.engines, duplexEngines, parseEngines);
      await benchDuplex(context, duplex, engines, { command, signal: abort.signal });
      return;
    }
    if (flags.hearing === true) {
      const isChosen = flags.sessions !== undefined || flags.smoke === true;
      const hearing = { ...options, sessions: isChosen ? options.sessions : hearingSessions };
      await benchHearing(context, hearing, flags, { command, signal: abort.signal });
      return;
    }
    const report = await runBench(options, {
      command,
      signal: abort.signal,
      onProgress: (what) => context.stderr.write(`${what}\n`),
      onCase: (measured) => context.stdout.write(`\n${caseAsText(measured)}\n\n`),
    });
    await conclude(context, options, report);
  } catch (error) {
    if (interrupted === undefined) throw error;
    context.stderr.write('Stopped; every process it started has ended.\n');
    context.setExitCode(interrupted);
  } finally {
    signals.close();
  }
}

async function conclude(context: CliContext, options: BenchOptions, report: BenchReport): Promise<void> {
  if (report.idle !== undefined) {
    const { connections, serverBytesEach, barePipeBytesEach } = report.idle;
    const pipe = barePipeBytesEach === undefined ? '' : ` (bare pipe: ${Math.round(barePipeBytesEach)})`;
    context.stdout.write(
      `${connections} silent connections: ${Math.round(serverBytesEach)} bytes of memory each${pipe}\n`,
    );
  }
  if (options.jsonPath !== undefined) {
    await writeFile(options.jsonPath, `${JSON.stringify(report, undefined, 2)}\n`);
    context.stderr.write(`Report written to ${options.jsonPath}\n`);
  }
  if (report.sound) return;
  context.stderr.write('Frames were lost, repeated or broken, or there were errors: see above.\n');
  context.setExitCode(ExitCode.failure);
}
