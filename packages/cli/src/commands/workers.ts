import { Command } from 'commander';
import { watchSignals } from '@parley/worker/signals';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { DEFAULT_HTTP_URL } from '../client/http-api.ts';
import { ExitCode } from '../exit-code.ts';
import { fetchWorkers, runAction, workerPath, workerTable } from '../workers/index.ts';

interface ListOptions {
  readonly url: string;
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly intervalSeconds: string;
}

interface DrainOptions {
  readonly undo?: boolean;
}

/** `parley workers`: the workers that a server knows, and what can be done to them. */
export function workersCommand(context: CliContext): Command {
  const command = new Command('workers')
    .description('Show the workers that a server knows, or take one out of service.')
    .option('-u, --url <url>', 'the server', DEFAULT_HTTP_URL)
    .option('--json', "print the server's answer as JSON, one line each time")
    .option('-w, --watch', 'go on, until Ctrl-C')
    .option('--interval-seconds <s>', 'how often with --watch', '2')
    .addHelpText('after', help)
    .action((options: ListOptions) => list(context, options));
  command
    .command('drain')
    .description('Give a worker no new sessions; it finishes those it has.')
    .argument('<name>', 'name of the worker')
    .option('--undo', 'give it sessions again')
    .action((name: string, { undo }: DrainOptions) => {
      const { url } = command.opts<ListOptions>();
      return runAction(context, url, `${workerPath(name)}/${undo === true ? 'undrain' : 'drain'}`);
    });
  return command;
}

const help = `
SLOTS are the sessions on the worker of all that it takes, P50 MS is its median time to first audio, RTF its
seconds of work for a second of speech, AGE the time since its last heartbeat. MODELS are those in memory.
A drain holds until it is undone or the worker starts anew; it can be asked for on the server's machine only.

Examples:
  parley workers --watch
  parley workers --json | jq '.workers[].name'
  parley workers drain gpu-7
  parley workers drain gpu-7 --undo`;

const CLEAR_SCREEN = '\u{1B}[H\u{1B}[2J\u{1B}[3J';

async function list(context: CliContext, options: ListOptions): Promise<void> {
  const intervalMs = Number(options.intervalSeconds) * 1000;
  if (!(intervalMs >= 100)) {
    throw new CliError('USAGE', `--interval-seconds must be 0.1 or more, not "${options.intervalSeconds}".`);
  }
  if (options.watch !== true) {
    context.stdout.write(await render(options));
    return;
  }
  const clear = context.stdout.isTTY === true && options.json !== true ? CLEAR_SCREEN : '';
  const stop = Promise.withResolvers<'stop'>();
  const signals = watchSignals((signal) => {
    context.setExitCode(signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated);
    stop.resolve('stop');
  });
  // A reader that has seen enough, as `head`, ends it too.
  context.stdout.once('close', () => stop.resolve('stop'));
  try {
    for (let hasShown = false; ; hasShown = true) {
      const text = await Promise.race([renderOrReason(options, hasShown), stop.promise]);
      if (text === 'stop') return;
      context.stdout.write(`${clear}${text}`);
      let timer: NodeJS.Timeout | undefined;
      const pause = new Promise<'go on'>((resolve) => {
        timer = setTimeout(resolve, intervalMs, 'go on');
      });
      const next = await Promise.race([pause, stop.promise]);
      clearTimeout(timer);
      if (next === 'stop') return;
    }
  } finally {
    signals.close();
  }
}

async function render({ url, json }: ListOptions): Promise<string> {
  const fetched = await fetchWorkers(url);
  return json === true ? `${JSON.stringify(fetched.raw)}\n` : workerTable(fetched);
}

/** A server that was there and is gone for a moment does not end a watch. */
async function renderOrReason(options: ListOptions, hasShown: boolean): Promise<string> {
  try {
    return await render(options);
  } catch (error) {
    if (!hasShown || !(error instanceof CliError)) throw error;
    return `${error.message}\n`;
  }
}
