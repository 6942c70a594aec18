import {
  connectionFailure,
  endpointUrl,
  failureOf,
  keyHeaders,
  RemoteFailure,
  retryDelayMs,
  waitFor,
  Watchdog,
} from '../remote-api/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { chatTokens } from './chat-tokens.ts';
import { chatMessages } from './chat-messages.ts';
import { ResponderError } from './responder-error.ts';
import type { Responder, ResponseRequest } from './responder.ts';

/** Options of {@link createLlmResponder}. */
export interface LlmResponderOptions {
  /** Base address such as `http://localhost:11434/v1`, or that of the endpoint itself. */
  readonly url: string;
  /** Name of the model, as the server calls it. */
  readonly model: string;
  /** Sent as a bearer token; never logged. Absent: none is sent. */
  readonly apiKey?: string;
  /** What the model is told before the conversation; a session may set its own. */
  readonly instructions?: string;
  /** Earlier entries of the conversation that are sent. Default 20; 0 means none. */
  readonly historyLimit?: number;
  /** Most tokens of an answer. Absent: the server's own limit. */
  readonly maxTokens?: number;
  /** Absent: the server's own. */
  readonly temperature?: number;
  /** Longest time to the first token of a try, in ms. Default 10,000. */
  readonly firstTokenTimeoutMs?: number;
  /** Longest time between two tokens, in ms. Default 5,000. */
  readonly tokenGapTimeoutMs?: number;
  /** Tries after the first, as long as no token has come. Default 1; 0 means none. */
  readonly retries?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Answers with a language model behind any server that has OpenAI's `/v1/chat/completions`. */
export function createLlmResponder(options: LlmResponderOptions): Responder {
  const url = endpointUrl(options.url, '/chat/completions');
  const endpoint = { ...options, url, host: new URL(url).host };
  return { respond: (request) => answer(endpoint, request) };
}

interface Endpoint extends LlmResponderOptions {
  readonly host: string;
}

async function* answer(endpoint: Endpoint, request: ResponseRequest): AsyncGenerator<string> {
  const { clock, logger, host, retries = 1 } = endpoint;
  const { signal } = request;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    let hasBegun = false;
    try {
      for await (const token of tokensOf(endpoint, request)) {
        hasBegun = true;
        yield token;
      }
      return;
    } catch (cause) {
      if (signal.aborted) return;
      const failure = cause instanceof ResponderError ? cause : connectionFailure(cause, host);
      const isRetryable = failure instanceof ResponderError || failure.isRetryable;
      if (hasBegun || !isRetryable || attempt > retries) throw ResponderError.from(failure);
      const delayMs = retryDelayMs(
        attempt,
        failure instanceof RemoteFailure ? failure.retryAfterMs : undefined,
      );
      logger.warn({ why: failure.message, delayMs }, 'the language model is asked once more');
      await waitFor(clock, delayMs, signal);
    }
  }
}

async function* tokensOf(endpoint: Endpoint, request: ResponseRequest): AsyncGenerator<string> {
  const { url, host, apiKey, clock, firstTokenTimeoutMs = 10_000, tokenGapTimeoutMs = 5000 } = endpoint;
  const watchdog = new Watchdog(clock, request.signal);
  try {
    watchdog.expect(firstTokenTimeoutMs, 'the first token');
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...keyHeaders(apiKey), 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(bodyOf(endpoint, request)),
      signal: watchdog.signal,
    });
    if (!response.ok) throw await failureOf(response, host);
    for await (const token of chatTokens(response, host)) {
      watchdog.pause();
      yield token;
      // Time that the reader took does not count.
      watchdog.expect(tokenGapTimeoutMs, 'the next token');
    }
  } catch (cause) {
    if (watchdog.late === undefined) throw cause;
    throw new ResponderError('TIMED_OUT', `${host}: ${watchdog.late}`, { cause });
  } finally {
    watchdog.close();
  }
}

function bodyOf(endpoint: Endpoint, { transcript, history, settings }: ResponseRequest): object {
  const { model, maxTokens, temperature, historyLimit: maxEntries = 20 } = endpoint;
  const instructions = settings.responder.instructions ?? endpoint.instructions;
  return {
    model,
    stream: true,
    messages: chatMessages(history, transcript, { instructions, maxEntries }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
  };
}
