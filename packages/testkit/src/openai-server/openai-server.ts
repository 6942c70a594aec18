import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { answerChat } from './answer-chat.ts';
import { answerTranscription } from './answer-transcription.ts';
import type { AnswerPlan, ChatPlan, TranscriptionPlan } from './plans.ts';
import type { AnswerProgress, RecordedRequest } from './recorded-request.ts';

const CHAT_PATH = '/v1/chat/completions';
const TRANSCRIPTION_PATH = '/v1/audio/transcriptions';

/** How an {@link OpenAiServer} answers. A list is used up one request each; its last entry stays. */
export interface OpenAiServerOptions {
  readonly chat?: ChatPlan | readonly ChatPlan[];
  readonly transcriptions?: TranscriptionPlan | readonly TranscriptionPlan[];
}

/** A small real HTTP server with two of OpenAI's doors. Whoever starts it closes it. */
export class OpenAiServer implements AsyncDisposable {
  /** What it got so far, oldest first. */
  readonly requests: RecordedRequest[] = [];
  readonly #server: Server;
  readonly #chat: ChatPlan[];
  readonly #transcriptions: TranscriptionPlan[];
  #arrived = Promise.withResolvers<void>();

  constructor(options: OpenAiServerOptions) {
    this.#chat = listOf(options.chat ?? {});
    this.#transcriptions = listOf(options.transcriptions ?? {});
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Base address, such as `http://127.0.0.1:40123/v1`. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${isBound(address) ? address.port : 0}/v1`;
  }

  /** Starts to listen on a free port of the loopback interface. */
  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Settles when so many requests have come in all, with the last of them. */
  async requested(count: number): Promise<RecordedRequest> {
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

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const { body, file } = await readBody(request);
    const leftEarly = once(response, 'close').then(() => !response.writableFinished);
    const progress: AnswerProgress = { pieces: 0 };
    this.requests.push({
      path,
      headers: request.headers,
      body,
      ...(file !== undefined && { file }),
      progress,
      leftEarly,
    });
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
    switch (path) {
      case CHAT_PATH:
        return answerChat(response, nextOf(this.#chat), progress);
      case TRANSCRIPTION_PATH:
        return answerTranscription(response, nextOf(this.#transcriptions), body, file);
      default:
        response.writeHead(404).end();
    }
  }
}

/** Starts a server that listens on a free port of the loopback interface. */
export async function startOpenAiServer(options: OpenAiServerOptions = {}): Promise<OpenAiServer> {
  const server = new OpenAiServer(options);
  await server.listen();
  return server;
}

async function readBody(
  request: IncomingMessage,
): Promise<{ body: Record<string, unknown>; file?: Uint8Array }> {
  const bytes = await buffer(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/')) {
    const body: unknown = JSON.parse(bytes.toString() || '{}');
    return { body: typeof body === 'object' && body !== null ? { ...body } : {} };
  }
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  const body: Record<string, unknown> = {};
  let file: Uint8Array | undefined;
  for (const [name, value] of form) {
    if (typeof value === 'string') body[name] = value;
    else file = new Uint8Array(await value.arrayBuffer());
  }
  return { body, ...(file !== undefined && { file }) };
}

function listOf<Plan extends AnswerPlan>(plans: Plan | readonly Plan[]): Plan[] {
  return isList(plans) ? [...plans] : [plans];
}

function isList<Plan>(plans: Plan | readonly Plan[]): plans is readonly Plan[] {
  return Array.isArray(plans);
}

function nextOf<Plan>(plans: Plan[]): Plan {
  const plan = plans.length > 1 ? plans.shift() : plans[0];
  if (plan === undefined) throw new Error('there must be a plan');
  return plan;
}

function isBound(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
