import { SessionOption } from '@parley/worker-api';
import { type Clock, systemClock } from '../../clock.ts';
import type { AudioSink, Engine, LoadedModel, SessionOptions, SynthesisRequest } from '../../engine.ts';
import { HttpExchange } from './http-exchange.ts';
import { listModels } from './list-models.ts';
import { type OpenAiOptions, parseOpenAiOptions } from './openai-options.ts';
import { playAnswer } from './play-answer.ts';
import { readKey } from './read-key.ts';
import { pauseBefore } from './retry-pause.ts';
import { SpeechServerError } from './speech-error.ts';

/** What {@link createOpenAiEngine} works with. */
export interface OpenAiEngineOptions {
  /** Some of `OpenAiOptions`, as values or text; `url` must be there. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The system's by default. */
  readonly clock?: Clock;
  /** Numbers between 0 and 1 that spread retries; `Math.random` by default. */
  readonly random?: () => number;
}

const DEFAULT_VOICE = 'alloy';

/**
 * Makes an engine that has its texts spoken by an HTTP server with OpenAI's `/audio/speech`: OpenAI itself, or one
 * of the many servers of open models that have the same door. Speech is passed on while it comes. Asks the server
 * for its models unless the options name them. Whoever makes it closes it.
 *
 * @throws WorkerError `BAD_OPTIONS`, or why the server did not list its models
 */
export async function createOpenAiEngine(given: OpenAiEngineOptions): Promise<Engine> {
  const { clock = systemClock, random = Math.random } = given;
  const options = parseOpenAiOptions(given.options);
  const exchange = new HttpExchange({
    url: options.url,
    apiKey: await readKey(options),
    connectTimeoutMs: options.connect_timeout_ms,
    firstByteTimeoutMs: options.first_byte_timeout_ms,
    gapTimeoutMs: options.gap_timeout_ms,
    clock,
  });
  let modelIds = options.models;
  try {
    if (modelIds.length === 0) modelIds = await listModels(exchange, clock);
  } catch (error) {
    exchange.close();
    throw error;
  }

  const speak = async (modelId: string, request: SynthesisRequest, sink: AudioSink): Promise<void> => {
    const body = speechBody(modelId, request, options);
    for (let attempt = 0; ; attempt += 1) {
      let hasAudio = false;
      try {
        const answer = await exchange.send({
          method: 'POST',
          path: '/audio/speech',
          body,
          signal: request.signal,
        });
        await playAnswer({
          answer,
          pcmRateHz: options.sample_rate,
          sink,
          signal: request.signal,
          onAudio: () => {
            hasAudio = true;
          },
        });
        return;
      } catch (error) {
        if (request.signal.aborted) return;
        const isWorthIt = error instanceof SpeechServerError && error.retryable && !hasAudio;
        if (!isWorthIt || attempt >= options.retries) throw error;
        const askedMs = error.retryAfterMs ?? 0;
        const backOffMs = options.retry_delay_ms * 2 ** attempt * (0.5 + random() / 2);
        // Whoever is asked to wait longer than a listener would is not waited for: another worker may be free.
        if (askedMs > options.first_byte_timeout_ms) throw error;
        if (!(await pauseBefore(Math.max(askedMs, backOffMs), request.signal, clock))) return;
      }
    }
  };

  const common = {
    family: 'openai',
    languages: options.languages,
    ...(options.voices.length > 0 && { voices: options.voices }),
    metadata: { server: exchange.server },
  };
  const load = (modelId: string): LoadedModel => ({
    checkOptions: (session) => problemWith(session, options),
    synthesize: (request, sink) => speak(modelId, request, sink),
    unload: () => Promise.resolve(),
  });

  return {
    name: 'openai',
    abilities: { streaming: true, zeroShot: false, lora: false, cpuOk: true, emotiveZeroPrompt: false },
    models: modelIds.map((modelId) => Object.assign({ modelId }, common)),
    load: (modelId) => Promise.resolve(load(modelId)),
    close: () => Promise.resolve(exchange.close()),
  };
}

function speechBody(
  modelId: string,
  { text, options: session }: SynthesisRequest,
  options: OpenAiOptions,
): object {
  const speed = session[SessionOption.speed];
  return {
    model: modelId,
    input: text,
    voice: session[SessionOption.voice] || options.voice || options.voices[0] || DEFAULT_VOICE,
    response_format: options.response_format,
    ...(speed !== undefined && { speed: Number(speed) }),
    ...(options.instructions !== undefined && { instructions: options.instructions }),
  };
}

function problemWith(session: SessionOptions, { voices }: OpenAiOptions): string | undefined {
  const voice = session[SessionOption.voice] ?? '';
  if (voice !== '' && voices.length > 0 && !voices.includes(voice)) {
    return `there is no voice ${JSON.stringify(voice)} here; there are ${voices.join(', ')}`;
  }
  const speed = session[SessionOption.speed] ?? '1';
  return Number(speed) >= 0.25 && Number(speed) <= 4
    ? undefined
    : `speed must be 0.25 to 4, but is ${JSON.stringify(speed)}`;
}
