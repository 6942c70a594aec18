import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** A language model that always takes the same time. Who starts it closes it. */
export interface FixedLlm extends AsyncDisposable {
  /** Base address with OpenAI's API. */
  readonly url: string;
}

const ANSWER = ['That ', 'is ', 'all ', 'there ', 'is ', 'to ', 'say.'];

/** Starts a server that answers every chat with one sentence, all at once, after `delayMs`. */
export async function startFixedLlm(delayMs: number): Promise<FixedLlm> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      void delay(delayMs).then(() => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const chunks = ANSWER.map((content) => ({ choices: [{ index: 0, delta: { content } }] }));
        response.end([...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map(asEvent).join(''));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function asEvent(data: string): string {
  return `data: ${data}\n\n`;
}
