import type { ConfigFlag, OrchestratorConfig } from '@parley/orchestrator';
import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { startExitCodeHelp } from '../exit-code.ts';
import { addConfigOptions, type ConfigCommandOptions, configOrThrow } from './config-options.ts';
import { startBanner } from './start-banner.ts';

interface StartOptions extends ConfigCommandOptions {
  readonly port?: string;
  readonly host?: string;
  readonly logLevel?: string;
  readonly engine?: string;
}

/** `parley start`: runs the orchestrator until it is told to end. */
export function startCommand(context: CliContext): Command {
  return addConfigOptions(new Command('start').description('Serve clients, until Ctrl-C or SIGTERM.'))
    .option('-p, --port <port>', 'port to listen on; 0 takes a free one')
    .option('-H, --host <host>', 'address to listen on')
    .option(
      '-e, --engine <name>',
      'bring along a worker with this engine (espeak, tone) in a process of its own',
    )
    .option('-L, --log-level <level>', 'DEBUG, INFO, WARNING, ERROR or CRITICAL')
    .addHelpText('after', help)
    .action((options: StartOptions) => start(context, options));
}

const help = `
Settings come from the file, then the environment (PORT, HOST, LOG_LEVEL, ...), then flags; the later win.
Logs go to standard output: JSON lines, or text on a terminal.
The first Ctrl-C or SIGTERM lets what is being said finish; the second ends at once.

Examples:
  parley start --config configs/local.yaml      all on this machine, as npm start does
  parley start --engine espeak --port 9000
  parley start --set routing.static_worker_addr=grpc://gpu-1:7001
${startExitCodeHelp}`;

async function start(context: CliContext, options: StartOptions): Promise<void> {
  const { resolveRecognition, resolveResponderMode, runOrchestrator } = await import('@parley/orchestrator');
  const loaded = await configOrThrow(context, options, flagsOf(options));
  const config = await resolveRecognition(loaded.config);
  try {
    await runOrchestrator({
      config,
      onReady: ({ url }) =>
        context.stderr.write(
          startBanner({
            url,
            config,
            responderMode: resolveResponderMode(config),
            lacksModel: loaded.config.asr.enabled === 'auto' && config.vad.enabled && !config.asr.enabled,
          }),
        ),
    });
  } catch (error) {
    throw startFailure(error, config);
  }
}

function flagsOf(options: StartOptions): readonly ConfigFlag[] {
  const flags: ConfigFlag[] = [];
  const add = (flag: string, key: string, value: unknown): void => {
    if (value !== undefined) flags.push({ flag, key, value });
  };
  add('--port', 'transport.websocket.port', options.port);
  add('--host', 'transport.websocket.host', options.host);
  add('--log-level', 'log_level', options.logLevel);
  add('--engine', 'workers.embedded.engine', options.engine);
  if (options.engine !== undefined) add('--engine', 'workers.embedded.enabled', true);
  return flags;
}

/** What went wrong at the start, with what can be done; anything unforeseen stays as it is. */
function startFailure(error: unknown, config: OrchestratorConfig): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const { host, port } = config.transport.websocket;
  const failed = (message: string, advice: string): CliError =>
    new CliError('START_FAILED', message, { cause: error, advice });
  switch (error.code) {
    case 'ADDRESS_IN_USE':
      return failed(
        `Port ${port} of ${host} is taken: another program listens there, perhaps another Parley.`,
        `End that program ("lsof -i :${port}" shows it), or choose another port with --port or PORT.`,
      );
    case 'ADDRESS_UNAVAILABLE':
      return failed(error.message, 'Give an address of this machine with --host or HOST, such as 127.0.0.1.');
    case 'MODEL_INVALID':
    case 'ENGINE_START_FAILED':
      return failed(error.message, 'Without speech recognition it starts: --set asr.enabled=false');
    case 'WORKER_START_FAILED':
      return failed(error.message, 'Its log lines above say why. "parley worker" runs one by itself.');
    case 'WORKER_ADDRESS_INVALID':
    case 'CONFIG_INVALID':
      return new CliError('CONFIG_INVALID', error.message, { cause: error });
    case 'REGISTRY_UNAVAILABLE':
    case 'UNSUPPORTED':
      return failed(error.message, 'Settings that work on one machine: --config configs/local.yaml');
    default:
      return error;
  }
}
