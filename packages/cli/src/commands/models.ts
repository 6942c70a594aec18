import { Command } from 'commander';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { DEFAULT_HTTP_URL } from '../client/http-api.ts';
import { pullModelCommand } from './pull-model.ts';
import { fetchWorkers, modelPath, modelTable, runAction, type WorkerRow } from '../workers/index.ts';

interface ModelsOptions {
  readonly url: string;
  readonly worker?: string;
  readonly json?: boolean;
}

/** `parley models`: the models of the workers that a server knows. */
export function modelsCommand(context: CliContext): Command {
  const command = new Command('models')
    .description('Show the models of the workers, load or unload one; download one for recognition.')
    .addHelpText('after', help);
  const add = (name: string, description: string): Command =>
    command
      .command(name)
      .description(description)
      .option('-u, --url <url>', 'the server', DEFAULT_HTTP_URL)
      .option('-w, --worker <name>', 'only this worker');
  add('list', 'Show which model is on which worker, and whether it is in memory.')
    .option('--json', 'print JSON')
    .action((options: ModelsOptions) => list(context, options));
  add('load', 'Have a worker load a model.')
    .argument('<model>', 'id of the model')
    .action((model: string, options: ModelsOptions) => change(context, options, model, 'load'));
  add('unload', 'Have workers that have a model in memory, and no session that uses it, unload it.')
    .argument('<model>', 'id of the model')
    .action((model: string, options: ModelsOptions) => change(context, options, model, 'unload'));
  command.addCommand(pullModelCommand(context));
  return command;
}

const help = `
Without --worker, load takes the worker with the most free slots that has the model and not in memory; unload
takes all that have it in memory. Both can be asked for on the server's machine only.

Examples:
  parley models list
  parley models load kokoro-en --worker gpu-7
  parley models unload kokoro-en
  parley models pull whisper-base.en --from https://models.example.com`;

async function list(context: CliContext, options: ModelsOptions): Promise<void> {
  const models = (await chosenWorkers(options)).flatMap((worker) => worker.models);
  if (options.json !== true) {
    context.stdout.write(modelTable(models));
    return;
  }
  const rows = models.map(({ id, worker, family, languages, isLoaded }) => ({
    model_id: id,
    worker,
    family,
    languages,
    is_loaded: isLoaded,
  }));
  context.stdout.write(`${JSON.stringify({ models: rows })}\n`);
}

async function change(
  context: CliContext,
  options: ModelsOptions,
  model: string,
  action: 'load' | 'unload',
): Promise<void> {
  const { url, worker } = options;
  // A worker that is named is asked whatever it tells of its models: it may not list them.
  const names = worker === undefined ? fitting(await chosenWorkers(options), model, action) : [worker];
  for (const name of names) await runAction(context, url, `${modelPath(name, model)}/${action}`);
}

function fitting(workers: readonly WorkerRow[], model: string, action: 'load' | 'unload'): readonly string[] {
  const having = workers.filter(({ models }) => models.some(({ id }) => id === model));
  if (having.length === 0) {
    throw new CliError('REFUSED', `No worker has a model "${model}".`, {
      advice: 'What there is: parley models list',
    });
  }
  const wanted = having.filter(({ models }) =>
    models.some(({ id, isLoaded }) => id === model && isLoaded === (action === 'unload')),
  );
  if (wanted.length === 0) {
    const how =
      action === 'load' ? 'Every worker that has it has it in memory' : 'No worker has it in memory';
    throw new CliError('REFUSED', `There is nothing to do for "${model}". ${how}.`);
  }
  if (action === 'unload') return wanted.map(({ name }) => name);
  return wanted
    .toSorted((a, b) => room(b) - room(a))
    .slice(0, 1)
    .map(({ name }) => name);
}

function room({ capacity = 0, used, state }: WorkerRow): number {
  return state === 'ready' ? capacity - used : -1;
}

async function chosenWorkers({ url, worker }: ModelsOptions): Promise<readonly WorkerRow[]> {
  const { workers } = await fetchWorkers(url);
  if (worker === undefined) return workers;
  const chosen = workers.filter(({ name }) => name === worker);
  if (chosen.length > 0) return chosen;
  throw new CliError('REFUSED', `There is no worker "${worker}".`, {
    advice: 'What there is: parley workers',
  });
}
