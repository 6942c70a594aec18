import { readText, reasonIn, RemoteFailure, sseData, valueOf } from '../remote-api/index.ts';

/**
 * Reads the text out of the answer of a chat endpoint: streamed, or in one piece from servers that cannot stream.
 *
 * @throws RemoteFailure when it breaks off, tells of an error, is too long for one piece or is something else
 */
export async function* chatTokens(response: Response, host: string): AsyncGenerator<string> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('text/event-stream')) {
    const content = contentOf(parse(await readText(response, host), host), 'message');
    if (content === undefined) throw new RemoteFailure(`${host} answered without a message`, true);
    if (content !== '') yield content;
    return;
  }
  let isFinished = false;
  for await (const data of sseData(response.body ?? new ReadableStream())) {
    if (data === '[DONE]') return;
    const event = parse(data, host);
    if (valueOf(event, 'error') !== undefined)
      throw new RemoteFailure(`${host} failed: ${reasonIn(data)}`, true);
    const content = contentOf(event, 'delta');
    if (content !== undefined && content !== '') yield content;
    if (finishReasonOf(event) !== undefined) isFinished = true;
  }
  // Some servers leave out the last event; but one that neither finished nor said so has died.
  if (!isFinished) throw new RemoteFailure(`${host} ended the stream in the middle of the answer`, true);
}

function firstChoice(event: unknown): unknown {
  const choices = valueOf(event, 'choices');
  return Array.isArray(choices) ? (choices as readonly unknown[])[0] : undefined;
}

function contentOf(event: unknown, part: 'delta' | 'message'): string | undefined {
  const content = valueOf(valueOf(firstChoice(event), part), 'content');
  return typeof content === 'string' ? content : undefined;
}

function finishReasonOf(event: unknown): string | undefined {
  const reason = valueOf(firstChoice(event), 'finish_reason');
  return typeof reason === 'string' ? reason : undefined;
}

function parse(text: string, host: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RemoteFailure(`${host} sent what is no JSON`, true, { cause });
  }
}
