import type { ParleyClientError } from '@parley/client';
import { CliError } from '../cli-error.ts';

/** An error that the server reported as a failure of the command, with what the user can do about it. */
export function describeServerError(event: ParleyClientError): CliError {
  const failed = (advice?: string): CliError =>
    new CliError('SPEECH_FAILED', event.message, advice === undefined ? {} : { advice });
  switch (event.code) {
    case 'WORKER_UNAVAILABLE':
      return failed(
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
