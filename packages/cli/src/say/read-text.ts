import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import type { TextFeeder } from './text-feeder.ts';

/** Where the text to say comes from. */
export type TextSource =
  | { readonly kind: 'argument'; readonly text: string }
  | { readonly kind: 'stdin'; readonly stream: CliContext['stdin'] };

const MAX_WAITING_CHARACTERS = 65_536;

/**
 * Decides where the text comes from: the argument; standard input for `-` or none.
 *
 * @throws CliError `USAGE` when there is nothing to say
 */
export function textSource(argument: string | undefined, stdin: CliContext['stdin']): TextSource {
  if (argument === '-' || (argument === undefined && stdin.isTTY !== true))
    return { kind: 'stdin', stream: stdin };
  if (argument === undefined || argument.trim() === '') throw nothingToSay();
  return { kind: 'argument', text: argument };
}

/** Moves text into a feeder. Its owner closes it. */
export interface TextReader {
  /** Reads on when the feeder has room again. */
  resume(): void;
  /** Stops reading. Idempotent. */
  close(): void;
}

/** Feeds a source into `feeder` and ends it; `onEmpty` is called when there was nothing to say. */
export function readText(
  source: TextSource,
  feeder: TextFeeder,
  onEmpty: (error: CliError) => void,
): TextReader {
  if (source.kind === 'argument') {
    feeder.append(source.text);
    feeder.end();
    return { resume: () => undefined, close: () => undefined };
  }
  const { stream } = source;
  let isBlank = true;
  const onData = (text: string): void => {
    isBlank &&= text.trim() === '';
    // Blank lines before the text are not worth a message, and may be all there is.
    if (isBlank) return;
    feeder.append(text);
    if (feeder.waitingCharacters > MAX_WAITING_CHARACTERS) stream.pause();
  };
  const onEnd = (): void => {
    if (isBlank) onEmpty(nothingToSay());
    else feeder.end();
  };
  const onError = (error: Error): void => {
    onEmpty(new CliError('USAGE', `Standard input cannot be read: ${error.message}.`, { cause: error }));
  };
  stream.setEncoding('utf8');
  stream.on('data', onData).on('end', onEnd).on('error', onError);
  return {
    resume() {
      if (stream.isPaused() && feeder.waitingCharacters < MAX_WAITING_CHARACTERS / 2) stream.resume();
    },
    close() {
      stream.off('data', onData).off('end', onEnd);
      // A pipe that stays open would keep the process alive.
      stream.destroy();
    },
  };
}

function nothingToSay(): CliError {
  return new CliError('USAGE', 'There is nothing to say.', {
    advice: 'Give a text, as in: parley say "Hello". Or pipe one in: echo Hello | parley say -',
  });
}
