import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { answerPlainly, waitMs } from './openai-server/answers.ts';
import type { AnswerPlan } from './openai-server/plans.ts';
import type { RecordedRequest } from './openai-server/recorded-request.ts';

/** How one request for speech is answered. */
export interface SpeechPlan extends AnswerPlan {
  /** The bytes of the answer, sent piece by piece. Default: nothing. */
  readonly pieces?: readonly Uint8Array[];
  /** Whether the pieces begin anew at their end, for ever. Default false. */
  readonly endless?: boolean;
  /** Default `audio/pcm`. */
  readonly contentType?: string;
}

/** How an {@link OpenAiSpeechServer} answers. A list is used up one request each; its last entry stays. */
export interface OpenAiSpeechServerOptions {
  readonly speech?: SpeechPlan | readonly SpeechPlan[];
  /** What `/models` answers, as an object to send as JSON. Default: one model, `tts-1`. */
  readonly models?: object;
}

/** A request that a speech server got. */
export type RecordedSpeechRequest = Omit<RecordedRequest, 'file' | 'progress'>;

/** A small real HTTP server with the door `/v1/audio/speech`. Whoever starts it closes it. */
export class OpenAiSpeechServer implements AsyncDisposable {
  /** What it got so far, oldest first. */
  readonly requests: RecordedSpeechRequest[] = [];
  readonly #server: Server;
  readonly #plans: SpeechPlan[];
  #arrived: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor({ speech = {}, models = { data: [{ id: 'tts-1' }] } }: OpenAiSpeechServerOptions) {
    this.#plans = [speech].flat();
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      const leftEarly = once(response, 'close').then(() => !response.writableFinished);
      const answer = async (): Promise<void> => {
        const body: unknown = request.method === 'POST' ? await json(request) : {};
        this.requests.push({ path, headers: request.headers, body: { ...Object(body) }, leftEarly });
        this.#arrived.resolve();
        this.#arrived = Promise.withResolvers();
        if (path === '/v1/models') response.end(JSON.stringify(models));
        else if (path === '/v1/audio/speech') await answerSpeech(response, this.#nextPlan());
        else response.writeHead(404).end();
      };
      answer().catch(() => response.destroy());
    });
  }

  /** Base address, such as `http://127.0.0.1:40123/v1`. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/v1`;
  }

  /** Starts to listen on a free port of the loopback interface. */
  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Settles when so many requests have come in all, with the last of them. */
  async requested(count: number): Promise<RecordedSpeechRequest> {
    for (;;) {
      const request = this.requests[count - 1];
      if (request !== undefined) return request;
      await this.#arrived.promise;
    }
  }

  /** Cuts all connections. Idempotent. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #nextPlan(): SpeechPlan {
    return (this.#plans.length > 1 ? this.#plans.shift() : this.#plans[0]) ?? {};
  }
}

/** Starts a speech server that listens on a free port of the loopback interface. */
export async function startOpenAiSpeechServer(
  options: OpenAiSpeechServerOptions = {},
): Promise<OpenAiSpeechServer> {
  const server = new OpenAiSpeechServer(options);
  await server.listen();
  return server;
}

async function answerSpeech(response: ServerResponse, plan: SpeechPlan): Promise<void> {
  if (await answerPlainly(response, plan)) return;
  const { pieces = [], endless = false, contentType = 'audio/pcm', fault, faultAfter = 0 } = plan;
  response.writeHead(200, { 'content-type': contentType });
  response.flushHeaders();
  for (let sent = 0; ; sent += 1) {
    const isOver = sent >= (fault === undefined ? pieces.length : faultAfter) && !endless;
    const piece = pieces[sent % pieces.length];
    if (isOver || piece === undefined) break;
    if (response.destroyed) return;
    const hasRoom = response.write(piece);
    // Every piece is a network write of its own, and nothing piles up here for one who reads slowly.
    if (hasRoom) await waitMs(0);
    else await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  if (fault === 'stalls') return;
  if (fault === 'dies') response.destroy();
  else response.end();
}
