import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from '../../clock.ts';
import { readFailureDetail } from './failure-detail.ts';
import { connectionFailure, silenceFailure, statusFailure } from './speech-error.ts';

/** Options of {@link HttpExchange}. */
export interface HttpExchangeOptions {
  /** Base address, with or without a slash at its end. */
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly gapTimeoutMs: number;
  readonly clock: Clock;
}

/** One request. */
export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** Below the base address, such as `/audio/speech`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
  readonly signal: AbortSignal;
}

/** An answer with status 200. */
export interface HttpAnswer {
  readonly contentType: string;
  /** The body as it comes; leaving the loop early closes the stream. Throws `SpeechServerError`. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** HTTP to one server, with a deadline for each step. Whoever creates it closes it. */
export class HttpExchange {
  /** The server for people, without a key: `http://127.0.0.1:8880`. */
  readonly server: string;
  readonly #options: HttpExchangeOptions;
  readonly #base: URL;
  readonly #agent: HttpAgent;

  constructor(options: HttpExchangeOptions) {
    this.#options = options;
    this.#base = new URL(options.url.replace(/\/*$/u, ''));
    this.server = this.#base.origin;
    const Agent = this.#base.protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.#agent = new Agent({ keepAlive: true, maxFreeSockets: 32 });
  }

  /** Sends a request; settles when the answer begins. @throws SpeechServerError, or the signal's reason */
  async send(call: HttpCall): Promise<HttpAnswer> {
    call.signal.throwIfAborted();
    const { clock, firstByteTimeoutMs } = this.#options;
    const startedMs = clock.nowMs();
    const response = await this.#open(call);
    const { statusCode = 0, headers } = response;
    if (statusCode !== 200) {
      const detail = await readFailureDetail(this.#read(response, firstByteTimeoutMs));
      throw statusFailure(statusCode, this.server, detail, retryAfterOf(headers['retry-after']));
    }
    const leftMs = Math.max(1, firstByteTimeoutMs - (clock.nowMs() - startedMs));
    return { contentType: headers['content-type'] ?? '', pieces: this.#read(response, leftMs) };
  }

  /** Closes connections that are kept for later. Idempotent. */
  close(): void {
    this.#agent.destroy();
  }

  async #open({ method, path, body, signal }: HttpCall): Promise<IncomingMessage> {
    const { clock, apiKey, connectTimeoutMs, firstByteTimeoutMs } = this.#options;
    const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const send = this.#base.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(`${this.#base.href.replace(/\/$/u, '')}${path}`, {
      method,
      agent: this.#agent,
      signal,
      headers: {
        ...(json !== undefined && { 'content-type': 'application/json', 'content-length': json.length }),
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
    });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const late = (what: string, ms: number): void =>
      void request.destroy(silenceFailure(what, ms, this.server));
    let timer = clock.setTimer(connectTimeoutMs, () => late('took no connection', connectTimeoutMs));
    const connected = (): void => {
      timer.cancel();
      timer = clock.setTimer(firstByteTimeoutMs, () => late('did not answer', firstByteTimeoutMs));
    };
    request.once('socket', (socket) => {
      if (!socket.connecting) connected();
      else socket.once(this.#base.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
    });
    request.once('response', resolve);
    request.on('error', (error) => reject(signal.aborted ? error : connectionFailure(error, this.server)));
    request.end(json);
    try {
      return await promise;
    } finally {
      timer.cancel();
    }
  }

  /** Only the time that we wait for the server counts, not the time that it waits for us. */
  async *#read(response: IncomingMessage, firstByteMs: number): AsyncGenerator<Uint8Array, void, undefined> {
    const { clock, gapTimeoutMs } = this.#options;
    const iterator: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
    let silence = { what: 'sent no audio', ms: firstByteMs };
    try {
      for (;;) {
        const { what, ms } = silence;
        const timer = clock.setTimer(ms, () =>
          response.destroy(silenceFailure(what, Math.round(ms), this.server)),
        );
        const next = await iterator.next().finally(() => timer.cancel());
        if (next.done === true) return;
        yield next.value;
        silence = { what: 'sent no more audio', ms: gapTimeoutMs };
      }
    } catch (error) {
      throw connectionFailure(error, this.server);
    } finally {
      response.destroy();
    }
  }
}

function retryAfterOf(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && seconds >= 0 ? seconds * 1000 : undefined;
}
