import { RemoteFailure } from './remote-failure.ts';

/** Most bytes of an answer in one piece: far more than any that is meant well. */
const MAX_BODY_BYTES = 1_000_000;

/**
 * Reads the body of an answer that comes in one piece, in UTF-8.
 *
 * @throws RemoteFailure, as another try would bring the same, when it has more than a million bytes; the rest is not read
 */
export async function readText(response: Response, host: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      throw new RemoteFailure(`${host} answered with more than ${MAX_BODY_BYTES} bytes`, false);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
