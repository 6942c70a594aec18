import { bytesFromSamples, wavHeader } from '@parley/audio';
import {
  connectionFailure,
  endpointUrl,
  failureOf,
  keyHeaders,
  RemoteFailure,
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
  /** Longest silence of the server, in ms. Default 20,000. */
  readonly timeoutMs?: number;
  /** Tries after the first. Default 2; 0 means none. */
  readonly retries?: number;
  /** Whether the answer is asked for as a stream. Default true: servers that cannot do that are asked without. */
  readonly stream?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
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
    const { clock, logger, retries = 2 } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#ask(request);
      } catch (cause) {
        if (request.signal.aborted || this.#closing.signal.aborted) {
          throw new AsrError('CANCELLED', 'the recognition was given up', { cause });
        }
        const failure = connectionFailure(cause, this.#host);
        if (!failure.isRetryable || attempt > retries) throw asrError(failure);
        const delayMs = retryDelayMs(attempt, failure.retryAfterMs);
        logger.warn({ why: failure.message, delayMs }, 'a transcription is asked for once more');
        await waitFor(clock, delayMs, request.signal);
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  async #ask(request: RecognitionRequest): Promise<Recognition> {
    const { apiKey, clock, timeoutMs = 20_000 } = this.#options;
    const watchdog = new Watchdog(clock, AbortSignal.any([request.signal, this.#closing.signal]));
    const expectMore = (): void => watchdog.expect(timeoutMs, 'the transcript');
    try {
      expectMore();
      const asksForStream = this.#asksForStream;
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: keyHeaders(apiKey),
        body: this.#form(request, asksForStream),
        signal: watchdog.signal,
      });
      if (asksForStream && REFUSED_FIELD.has(response.status)) {
        await response.body?.cancel();
        this.#asksForStream = false;
        return await this.#ask(request);
      }
      if (!response.ok) throw await failureOf(response, this.#host);
      return await readTranscript(response, this.#host, { onMore: expectMore, onText: request.onText });
    } catch (cause) {
      if (watchdog.late === undefined) throw cause;
      throw new RemoteFailure(`${this.#host}: ${watchdog.late}`, true, {
        cause: new AsrError('TIMED_OUT', watchdog.late, { cause }),
      });
    } finally {
      watchdog.close();
    }
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

function asrError(failure: RemoteFailure): AsrError {
  const code = failure.cause instanceof AsrError ? failure.cause.code : 'ENGINE_FAILED';
  return new AsrError(code, `speech could not be recognized: ${failure.message}`, { cause: failure });
}
