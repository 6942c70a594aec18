import { SessionOption } from '@parley/worker-api';
import { createEspeak, EspeakError, espeakVariants, espeakVoices } from '@parley/engine-espeak';
import type { Engine, LoadedModel, SessionOptions } from '../../engine.ts';
import { messageOf, WorkerError } from '../../worker-error.ts';

/** Options of {@link createEspeakEngine}. */
export interface EspeakEngineOptions {
  /** Threads that synthesize at once; 2 by default. */
  readonly threads?: number;
  /** Sample rate of sessions that name none; 48,000 Hz by default. */
  readonly sampleRateHz?: number;
}

interface SpeechSettings {
  readonly variant: string;
  readonly speed: number;
  readonly sampleRateHz: number;
}

/**
 * The embedded voice as an engine: each of its languages is a model, each of its timbres a voice. The models
 * share one pool of threads, so loading one costs nothing. Whoever makes it closes it.
 */
export function createEspeakEngine({ threads = 2, sampleRateHz = 48_000 }: EspeakEngineOptions = {}): Engine {
  const espeak = createEspeak({ threads });

  const loadVoice = (voiceId: string): LoadedModel => ({
    warmUp: () => espeak.warmUp(voiceId),
    checkOptions: (options) => {
      const settings = readSettings(options, sampleRateHz);
      return typeof settings === 'string' ? settings : undefined;
    },
    async synthesize({ text, previousText = '', options, signal }, sink) {
      const settings = readSettings(options, sampleRateHz);
      if (typeof settings === 'string') throw new WorkerError('BAD_OPTIONS', settings);
      const rateHz = settings.sampleRateHz;
      try {
        await espeak.synthesize(
          {
            text,
            previousText,
            voiceId,
            variant: settings.variant,
            speed: settings.speed,
            sampleRateHz: rateHz,
            signal,
          },
          {
            audio: (pcm) => sink.audio(pcm, rateHz),
            mark: (mark) => sink.mark(mark),
            ready: () => sink.ready(),
          },
        );
      } catch (error) {
        throw convert(error);
      }
    },
    unload: () => Promise.resolve(),
  });

  return {
    name: 'espeak',
    abilities: { streaming: true, zeroShot: false, lora: false, cpuOk: true, emotiveZeroPrompt: false },
    models: espeakVoices.map(({ id, languages }) => ({
      modelId: id,
      family: 'espeak',
      languages,
      voices: espeakVariants,
    })),
    load: (modelId) => Promise.resolve(loadVoice(modelId)),
    close: () => espeak.close(),
  };
}

/** The settings, or what is wrong with the options. */
function readSettings(options: SessionOptions, defaultRateHz: number): SpeechSettings | string {
  const variant = options[SessionOption.voice] ?? '';
  if (variant !== '' && !espeakVariants.includes(variant)) {
    return `espeak has no voice ${JSON.stringify(variant)}; it has ${espeakVariants.join(', ')}`;
  }
  const speed = Number(options[SessionOption.speed] ?? '1');
  if (!(speed >= 0.25 && speed <= 4)) {
    return `speed must be 0.25 to 4, but is ${JSON.stringify(options[SessionOption.speed])}`;
  }
  const rateHz = Number(options[SessionOption.sampleRate] ?? defaultRateHz);
  if (!Number.isInteger(rateHz) || rateHz < 8000 || rateHz > 192_000) {
    return `sample_rate must be 8000 to 192000, but is ${JSON.stringify(options[SessionOption.sampleRate])}`;
  }
  return { variant, speed, sampleRateHz: rateHz };
}

function convert(error: unknown): unknown {
  if (!(error instanceof EspeakError)) return error;
  return error.code === 'BUSY' ? new WorkerError('ENGINE_BUSY', messageOf(error), { cause: error }) : error;
}
