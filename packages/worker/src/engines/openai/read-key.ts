import { readFile } from 'node:fs/promises';
import { messageOf, WorkerError } from '../../worker-error.ts';
import type { OpenAiOptions } from './openai-options.ts';

/** The key to send, if any. @throws WorkerError `BAD_OPTIONS`, which never shows the key */
export async function readKey({ api_key, api_key_file }: OpenAiOptions): Promise<string | undefined> {
  let key = api_key;
  if (api_key_file !== undefined) {
    try {
      key = (await readFile(api_key_file, 'utf8')).trim();
    } catch (cause) {
      throw new WorkerError('BAD_OPTIONS', `api_key_file cannot be read: ${messageOf(cause)}`, { cause });
    }
  }
  // It becomes a header; what is wrong with it must not end up in a message.
  if (key !== undefined && !/^[\x21-\x7e]+$/u.test(key)) {
    throw new WorkerError('BAD_OPTIONS', 'the api key must be one line of ASCII characters without blanks');
  }
  return key;
}
