import { readText, reasonIn, RemoteFailure, sseData, valueOf } from '../../remote-api/index.ts';
import type { Recognition } from '../recognizer.ts';

/** No 28 s of speech have more characters: a longer transcript has no end, or is none. */
const MAX_CHARACTERS = 10_000;

/**
 * Reads the answer of a transcription endpoint, in one piece (JSON) or streamed (server-sent events).
 *
 * @param onText called with all of the text so far
 * @throws RemoteFailure when it is neither, breaks off, has no end or tells of an error
 */
export async function readTranscript(
  response: Response,
  host: string,
  onText?: (text: string) => void,
): Promise<Recognition> {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) return readStream(response, host, onText);
  return recognitionOf(parse(await readText(response, host), host), host);
}

async function readStream(
  response: Response,
  host: string,
  onText: ((text: string) => void) | undefined,
): Promise<Recognition> {
  let text = '';
  for await (const data of sseData(response.body ?? new ReadableStream())) {
    if (data === '[DONE]') return { text: text.trim() };
    const event = parse(data, host);
    switch (valueOf(event, 'type')) {
      case 'transcript.text.delta': {
        const delta = valueOf(event, 'delta');
        if (typeof delta !== 'string') continue;
        text += delta;
        if (text.length > MAX_CHARACTERS) throw tooLong(host);
        onText?.(text);
        continue;
      }
      case 'transcript.text.done':
        return recognitionOf(event, host);
      default:
        if (valueOf(event, 'error') !== undefined) {
          throw new RemoteFailure(`${host} failed: ${reasonIn(data)}`, true);
        }
    }
  }
  throw new RemoteFailure(`${host} ended the transcript before it was done`, true);
}

function recognitionOf(body: unknown, host: string): Recognition {
  const text = valueOf(body, 'text');
  if (typeof text !== 'string') throw new RemoteFailure(`${host} answered without a text`, true);
  if (text.length > MAX_CHARACTERS) throw tooLong(host);
  const language = valueOf(body, 'language');
  return { text: text.trim(), ...(typeof language === 'string' && language !== '' && { language }) };
}

/** Another try would bring the same. */
function tooLong(host: string): RemoteFailure {
  return new RemoteFailure(`${host} sent a transcript of more than ${MAX_CHARACTERS} characters`, false);
}

function parse(text: string, host: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RemoteFailure(`${host} answered what is no JSON`, true, { cause });
  }
}
