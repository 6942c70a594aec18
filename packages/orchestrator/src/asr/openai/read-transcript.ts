import { reasonIn, RemoteFailure, sseData, valueOf } from '../../remote-api/index.ts';
import type { Recognition } from '../recognizer.ts';

/** Who wants to know while a transcript comes. */
export interface TranscriptListener {
  /** Called with every sign of life. */
  readonly onMore: () => void;
  /** Called with all of the text so far. */
  readonly onText: ((text: string) => void) | undefined;
}

/**
 * Reads the answer of a transcription endpoint, in one piece (JSON) or streamed (server-sent events).
 *
 * @throws RemoteFailure when it is neither, breaks off or tells of an error
 */
export async function readTranscript(
  response: Response,
  host: string,
  listener: TranscriptListener,
): Promise<Recognition> {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) return readStream(response, host, listener);
  const body = parse(await response.text(), host);
  return recognitionOf(body, host);
}

async function readStream(
  response: Response,
  host: string,
  { onMore, onText }: TranscriptListener,
): Promise<Recognition> {
  let text = '';
  for await (const data of sseData(response.body ?? new ReadableStream())) {
    onMore();
    if (data === '[DONE]') return { text: text.trim() };
    const event = parse(data, host);
    switch (valueOf(event, 'type')) {
      case 'transcript.text.delta': {
        const delta = valueOf(event, 'delta');
        if (typeof delta !== 'string') continue;
        text += delta;
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
  const language = valueOf(body, 'language');
  return { text: text.trim(), ...(typeof language === 'string' && language !== '' && { language }) };
}

function parse(text: string, host: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RemoteFailure(`${host} answered what is no JSON`, true, { cause });
  }
}
