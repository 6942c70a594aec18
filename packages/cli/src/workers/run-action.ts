import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { askServer, fieldOf, refusalIn } from '../client/http-api.ts';

/** Has a server do something to a worker and says how it ended. @throws CliError when it was not done */
export async function runAction(context: CliContext, url: string, path: string): Promise<void> {
  const { status, body } = await askServer(url, path, 'POST');
  const message = fieldOf(body, 'message');
  if ((status === 200 || status === 202) && typeof message === 'string') {
    const note = status === 202 ? ' ("parley models list" shows when it is done)' : '';
    context.stdout.write(`${message.replaceAll(/\p{Cc}/gu, '\u{FFFD}')}${note}.\n`);
    return;
  }
  const advice =
    status === 403 ? 'Run the command on the machine of the server, with a loopback --url.' : undefined;
  throw new CliError('REFUSED', `It was not done: ${refusalIn(body) ?? `the server answered ${status}`}.`, {
    ...(advice !== undefined && { advice }),
  });
}

/** Path of a worker, below which its actions are. */
export function workerPath(name: string): string {
  return `/v1/workers/${encodeURIComponent(name)}`;
}

/** Path of a worker's model. */
export function modelPath(worker: string, model: string): string {
  return `${workerPath(worker)}/models/${encodeURIComponent(model)}`;
}
