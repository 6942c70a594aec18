import { type Command, Option } from 'commander';
import { DEFAULT_SERVER_URL, sessionUrl } from '../client/index.ts';

/** Options of every command that opens a session. */
export interface SessionCommandOptions {
  readonly url: string;
  readonly voice?: string;
  readonly language?: string;
  readonly model?: string;
}

/** Adds `--url`, `--voice`, `--language` and `--model` to a command. */
export function addSessionOptions(command: Command): Command {
  return command
    .addOption(new Option('-u, --url <url>', 'where the server is').default(DEFAULT_SERVER_URL))
    .option('-v, --voice <name>', "voice to speak with (default: the model's own)")
    .option('-l, --language <tag>', 'language of the text, such as en or pt-BR')
    .option('-m, --model <id>', "model to speak with (default: the worker's own)");
}

/** The WebSocket URL these options ask for. */
export function urlOf(options: SessionCommandOptions): URL {
  const { url, voice, language, model } = options;
  return sessionUrl({
    url,
    ...(voice !== undefined && { voice }),
    ...(language !== undefined && { language }),
    ...(model !== undefined && { modelId: model }),
  });
}
