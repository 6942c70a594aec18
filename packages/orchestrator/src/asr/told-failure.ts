import type { AsrErrorCode } from './asr-error.ts';

/**
 * What a client is told of a turn without a transcript. Addresses, answers of other servers and output of processes
 * are for the log.
 */
export function toldFailure(code: AsrErrorCode): string {
  switch (code) {
    case 'OVERLOADED':
      return 'speech recognition has too much to do: what was said is lost';
    case 'TIMED_OUT':
      return 'speech recognition took too long: what was said is lost';
    case 'UNSUPPORTED':
      return 'speech in this language cannot be recognized here';
    case 'CANCELLED':
      return 'speech recognition is closing: what was said is lost';
    case 'MODEL_INVALID':
    case 'ENGINE_START_FAILED':
    case 'ENGINE_FAILED':
      return 'speech recognition failed: what was said is lost';
    default:
      return code satisfies never;
  }
}
