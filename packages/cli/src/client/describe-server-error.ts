import type { ParleyClientError } from '@parley/client';
import { CliError } from '../cli-error.ts';

/**
 * An error that the server reported as a failure of the command, with what the user can do about it.
 *
 * @param url of the session, as from `sessionUrl`
 */
export function describeServerError(event: ParleyClientError, url: URL): CliError {
  const failed = (advice?: string): CliError =>
    new CliError('SPEECH_FAILED', event.message, advice === undefined ? {} : { advice });
  switch (event.code) {
    case 'WORKER_UNAVAILABLE':
      return failed(
        adviceOnWish(event.message, url) ??
          'The server has no worker that can speak this. "npm start" brings one along; others are started with ' +
            '"npm run parley -- worker" and named in routing.static_worker_addr. Check --voice, --language and ' +
            '--model too.',
      );
    case 'SYNTHESIS_FAILED':
      return failed('The worker failed; its log says why.');
    case 'RATE_LIMITED':
    case 'TOO_MANY_CONNECTIONS':
    case 'SLOW_CONSUMER':
      return failed('Try again in a moment.');
    case 'SHUTTING_DOWN':
      return failed('Try again when the server is back.');
    case 'INTERNAL_ERROR':
      return failed("The server's log says why.");
    default:
      return failed();
  }
}

const WISHES = [
  ['voice', 'Give another --voice, or none.'],
  ['model_id', 'Give another --model, or none. What there is: parley models list'],
  ['language', 'Give another --language, or none. What there is: parley workers'],
] as const;

/** What to do where the message quotes what the user asked for: there are workers, and they do not have that. */
function adviceOnWish(message: string, { searchParams }: URL): string | undefined {
  const found = WISHES.find(([name]) => {
    const wish = searchParams.get(name);
    return wish !== null && message.includes(JSON.stringify(wish));
  });
  return found?.[1];
}
