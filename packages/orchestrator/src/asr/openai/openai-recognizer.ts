import { bytesFromSamples, wavHeader } from '@parley/audio';
import {
  connectionFailure,
  endpointUrl,
  failureOf,
  keyHeaders,
  retryDelayMs,
  waitFor,
  Watchdog,
} from '../../remote-api/index.ts';
import type { Clock } from '../../session/ports/clock.ts';
import type { Logger } from '../../session/ports/logger.ts';
import { ASR_RATE_HZ } from '../asr-engine.ts';
import { AsrError } from '../asr-error.ts';
import type { Recognition, RecognitionRequest, Recognizer } from '../recognizer.ts';
import { readTranscript } from './read-transcript.ts';

/** Options of {@link createOpenAiRecognizer}. */
export interface OpenAiRecognizerOptions {
  /** Base address such as `https://api.openai.com/v1`, or that of the endpoint itself. */
  readonly url: string;
  /** Name of the model, as the server calls it. */
  readonly model: string;
  /** Sent as a bearer token; never logged. Absent: none is sent. */
  readonly apiKey?: string;
  /** What may be said, as a hint to the model. Absent: none is given. */
  readonly prompt?: string;
  /** Requests at once. Default 8. */
  readonly concurrency?: number;
  /** Longest time for a request that has no deadline of its own, with all its tries, in ms. Default 20,000. */
  readonly timeoutMs?: number;
  /** Tries after the first. Default 2; 0 means none. */
  readonly retries?: number;
  /** Whether the answer is asked for as a stream. Default true: servers that cannot do that are asked without. */
  readonly stream?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to below 1; spreads tries. Default `Math.random`. */
  readonly random?: () => number;
}

/** Statuses with which servers refuse fields that they do not know. */
const REFUSED_FIELD: ReadonlySet<number> = new Set([400, 422]);

/** Recognizes speech with any server that has OpenAI's `/v1/audio/transcriptions`. */
export function createOpenAiRecognizer(options: OpenAiRecognizerOptions): Recognizer {
  return new OpenAiRecognizer(options);
}

class OpenAiRecognizer implements Recognizer {
  readonly name = 'openai';
  readonly concurrency: number;
  readonly #options: OpenAiRecognizerOptions;
  readonly #url: string;
  readonly #host: string;
  readonly #closing = new AbortController();
  #asksForStream: boolean;

  constructor(options: OpenAiRecognizerOptions) {
    this.#options = options;
    this.concurrency = options.concurrency ?? 8;
    this.#url = endpointUrl(options.url, '/audio/transcriptions');
    this.#host = new URL(this.#url).host;
    this.#asksForStream = options.stream ?? true;
  }

  /** Any: the server decides. */
  refuseLanguage(): undefined {
    return undefined;
  }

  async recognize(request: RecognitionRequest): Promise<Recognition> {
    const { clock, timeoutMs = 20_000 } = this.#options;
    const { deadlineMs, signal } = request;
    const leftMs = deadlineMs === undefined ? timeoutMs : Math.max(0, deadlineMs - clock.nowMs());
    const watchdog = new Watchdog(clock, AbortSignal.any([signal, this.#closing.signal]));
    // One for everything: who has spoken waits for an answer, not for a try.
    watchdog.expect(Math.round(leftMs), 'the transcript');
    try {
      return await this.#askAgain(request, watchdog.signal);
    } catch (cause) {
      if (signal.aborted || this.#closing.signal.aborted) {
        throw new AsrError('CANCELLED', 'the recognition was given up', { cause });
      }
      const { late } = watchdog;
      const why =
        late === undefined ? connectionFailure(cause, this.#host).message : `${this.#host}: ${late}`;
      const code = late === undefined ? 'ENGINE_FAILED' : 'TIMED_OUT';
      throw new AsrError(code, `speech could not be recognized: ${why}`, { cause });
    } finally {
      watchdog.close();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  /** Asks until there is an answer, the failure is one for good, or nobody waits any more. */
  async #askAgain(request: RecognitionRequest, signal: AbortSignal): Promise<Recognition> {
    const { clock, logger, random = Math.random, retries = 2 } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#ask(request, signal);
      } catch (cause) {
        const failure = connectionFailure(cause, this.#host);
        if (signal.aborted || !failure.isRetryable || attempt > retries) throw failure;
        const delayMs = retryDelayMs(attempt, failure.retryAfterMs, random);
        logger.warn({ why: failure.message, delayMs }, 'a transcription is asked for once more');
        await waitFor(clock, delayMs, signal);
        if (signal.aborted) throw failure;
      }
    }
  }

  async #ask(request: RecognitionRequest, signal: AbortSignal): Promise<Recognition> {
    const asksForStream = this.#asksForStream;
    let response = await this.#post(request, asksForStream, signal);
    if (asksForStream && REFUSED_FIELD.has(response.status)) {
      await response.body?.cancel();
      response = await this.#post(request, false, signal);
      // What is refused without the field too was not refused because of it.
      if (response.ok) this.#asksForStream = false;
    }
    if (!response.ok) throw await failureOf(response, this.#host);
    return readTranscript(response, this.#host, request.onText);
  }

  async #post(request: RecognitionRequest, asksForStream: boolean, signal: AbortSignal): Promise<Response> {
    // Written out first: fetch reads a form as a stream, and where it refuses the address (a port it does not allow, of
    // a redirect too) Node 24 throws from that stream later, where nobody can catch it.
    const form = new Response(this.#form(request, asksForStream));
    const type = form.headers.get('content-type') ?? '';
    return fetch(this.#url, {
      method: 'POST',
      headers: { ...keyHeaders(this.#options.apiKey), 'content-type': type },
      body: await form.arrayBuffer(),
      signal,
    });
  }

  #form({ samples, language }: RecognitionRequest, stream: boolean): FormData {
    const { model, prompt } = this.#options;
    const pcm = new Uint8Array(bytesFromSamples(samples));
    const header = new Uint8Array(wavHeader({ sampleRateHz: ASR_RATE_HZ, dataBytes: pcm.byteLength }));
    const form = new FormData();
    form.set('file', new Blob([header, pcm], { type: 'audio/wav' }), 'speech.wav');
    form.set('model', model);
    form.set('response_format', 'json');
    if (language !== 'auto') form.set('language', language.split('-')[0] ?? language);
    if (prompt !== undefined) form.set('prompt', prompt);
    if (stream) form.set('stream', 'true');
    return form;
  }
}
