/** Longest line taken, in characters: what is longer is no event of a server that means well. */
const MAX_LINE = 1_000_000;

/**
 * Decodes server-sent events (`text/event-stream`) to the data of each, wherever the network cuts them apart:
 * within a line, a line break or a character. Comments and fields other than `data` are skipped. An event that
 * its server did not end is not given.
 *
 * @throws RangeError when a line is longer than a million characters
 */
export async function* sseData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = '';
  let data: string[] = [];
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    // A carriage return at the very end may be half of a line break: it waits for what follows.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    text = lines.pop() ?? '';
    if (text.length > MAX_LINE)
      throw new RangeError(`a line of the stream is longer than ${MAX_LINE} characters`);
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n');
        data = [];
      } else if (line.startsWith('data:')) {
        data.push(line.slice(line[5] === ' ' ? 6 : 5));
      }
    }
  }
}
