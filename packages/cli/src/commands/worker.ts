import type { RegistryState, WorkerInput } from '@parley/worker';
import { Command, InvalidArgumentError } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { workerExitCodeHelp } from '../exit-code.ts';

type EngineOptions = Readonly<Record<string, string>>;

/** Flags as Commander reads them; all but `option` are keys of `WorkerInput`, which knows their defaults. */
interface WorkerFlags {
  readonly option: EngineOptions;
  readonly [key: string]: string | EngineOptions | undefined;
}

/** `parley worker`: runs one worker until it is told to end. */
export function workerCommand(context: CliContext): Command {
  return new Command('worker')
    .description('Run a worker, which turns text into speech for orchestrators over gRPC.')
    .option(
      '-e, --engine <name>',
      'what speaks: espeak (default), openai, sherpa, or tone for tests and load',
    )
    .option('-H, --host <host>', 'address to listen on (default: 127.0.0.1)')
    .option('-p, --port <port>', 'port to listen on; 0 takes a free one (default: 7001)')
    .option('-n, --name <name>', 'unique name among the workers (default: engine, machine and process id)')
    .option('--advertise <addr>', 'grpc://host:port that orchestrators are told (default: where it listens)')
    .option('--max-sessions <n>', 'sessions at once (default: 64)')
    .option('--default-model <id>', "model of sessions that name none (default: the engine's first)")
    .option('--preload <ids>', 'models to load at the start beside the default one: a,b')
    .option(
      '--model-ttl-seconds <s>',
      'an unused model is unloaded after so long; 0 means never (default: 600)',
    )
    .option('--model-min-residency-seconds <s>', 'but it stays at least so long (default: 120)')
    .option('--max-resident-models <n>', 'most models in memory (default: 32)')
    .option('--max-parallel-loads <n>', 'most models being loaded at once (default: 2)')
    .option(
      '--session-idle-seconds <s>',
      'a silent session is ended after so long; 0 means never (default: 600)',
    )
    .option('--frame-ms <ms>', "length of a frame; 0 sends the engine's pieces as they come (default: 20)")
    .option('--final-frame <kind>', 'how the last frame is told: marker (default) or data')
    .option('--max-text-length <n>', 'longest text of one chunk, in characters (default: 20000)')
    .option('--drain-timeout-seconds <s>', 'longest wait for running speech at the end (default: 30)')
    .option('--redis-url <url>', 'Redis in which orchestrators look for it (default: REDIS_URL, else none)')
    .option('--redis-key-prefix <prefix>', 'start of the keys there (default: worker:)')
    .option('-L, --log-level <level>', 'debug, info (default), warn, error or silent')
    .option(
      '-O, --option <key=value>',
      'an option of the engine, e.g. threads=4; repeatable',
      collectOption,
      {},
    )
    .addHelpText('after', help)
    .action((flags: WorkerFlags) => work(context, flags));
}

const help = `
Logs go to standard error, as JSON lines. The first Ctrl-C or SIGTERM lets running speech finish, the
second ends at once. The gRPC port has no authentication: let only your orchestrators reach it.

Examples:
  parley worker                                  espeak-ng on 127.0.0.1:7001
  parley worker --port 7002 --max-sessions 16
  parley worker --engine sherpa -O models=./vits-piper-en_US-amy-low
  parley worker --engine openai -O url=https://api.openai.com/v1 -O api_key_file=./key -O models=gpt-4o-mini-tts
  parley worker --engine tone -O ms_per_char=30
  parley worker --redis-url redis://127.0.0.1:6379   known to every orchestrator there
and an orchestrator that uses it:
  parley start --set routing.static_worker_addr=grpc://127.0.0.1:7001
${workerExitCodeHelp}`;

async function work(context: CliContext, flags: WorkerFlags): Promise<void> {
  const { createWorkerLogger, parseWorkerInput, runStandaloneWorker, WorkerError } =
    await import('@parley/worker');
  const { logVerbosity, setLogVerbosity } = await import('@grpc/grpc-js');
  // What grpc-js would print itself reaches us as an error, told in better words.
  setLogVerbosity(logVerbosity.NONE);
  const { option: engineOptions, ...options } = flags;
  const redisUrl = process.env['REDIS_URL'];
  const parsed = parseWorkerInput({
    ...(redisUrl !== undefined && redisUrl !== '' && { redisUrl }),
    ...options,
    engineOptions,
  });
  if (parsed.kind === 'invalid') {
    const problems = parsed.problems.map((problem) => `  ${asFlag(problem)}`).join('\n');
    throw new CliError('USAGE', `The worker cannot be run like this:\n${problems}`, {
      advice: 'What there is: parley worker --help',
    });
  }
  const { input } = parsed;
  try {
    const code = await runStandaloneWorker({
      input,
      logger: createWorkerLogger(input.logLevel, input.name ?? input.engine),
      onReady: ({ addr }, registry) => context.stderr.write(banner(input, addr, registry)),
    });
    context.setExitCode(code);
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    throw new CliError(error.code === 'BAD_OPTIONS' ? 'USAGE' : 'START_FAILED', error.message, {
      cause: error,
      ...(error.code === 'ADDRESS_IN_USE' && { advice: 'Choose another port with --port.' }),
      ...(error.code === 'BAD_OPTIONS' && {
        advice: 'What there is: parley worker --help. An option of the engine is given as -O name=value.',
      }),
    });
  }
}

function banner(input: WorkerInput, addr: string, registry: RegistryState): string {
  const but =
    registry.kind === 'unknown'
      ? `\nOrchestrators do not find it yet: ${registry.place}: ${registry.why}. It goes on trying.`
      : '';
  const how = registry.kind === 'known' ? settingsOfRedis(input) : `--set routing.static_worker_addr=${addr}`;
  return `
A worker with the engine ${input.engine} is ready at ${addr}.${but} To speak with it:

  npm run parley -- start ${how}

Ctrl-C ends it.

`;
}

/** What an orchestrator must be told to look for workers in the same Redis; a password is left to the reader. */
function settingsOfRedis({ redisUrl = '', redisKeyPrefix }: WorkerInput): string {
  const url = new URL(redisUrl);
  if (url.password !== '') url.password = '***';
  const prefix = redisKeyPrefix === 'worker:' ? '' : ` --set redis.worker_key_prefix=${redisKeyPrefix}`;
  return `--set registry.kind=redis --set redis.url=${url.href}${prefix}`;
}

/** `maxSessions: too big` as `--max-sessions: too big`. */
function asFlag(problem: string): string {
  const [, key, rest] = /^([A-Za-z]+)(.*)$/su.exec(problem) ?? [];
  if (key === undefined || rest === undefined || !/^[:.]/u.test(rest)) return problem;
  if (key === 'engineOptions') return `--option ${rest.slice(1).trim()}`;
  return `--${key.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}${rest}`;
}

function collectOption(text: string, earlier: EngineOptions): EngineOptions {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be key=value, such as threads=4.');
  return Object.assign({}, earlier, { [text.slice(0, at).trim()]: text.slice(at + 1) });
}
