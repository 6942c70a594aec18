import type { Clock } from '../../clock.ts';
import type { Engine, LoadedModel } from '../../engine.ts';
import { WorkerError } from '../../worker-error.ts';
import { CountedFrames, countedSeed } from './counted-samples.ts';
import { SineFrames } from './sine-samples.ts';
import { parseToneOptions, sessionToneOptions, ToneFault, type ToneOptions } from './tone-options.ts';
import { ToneScheduler } from './tone-scheduler.ts';
import { type FrameSource, ToneSpeech } from './tone-speech.ts';

/** Options of {@link createToneEngine}. */
export interface ToneEngineOptions {
  readonly clock: Clock;
  /** Some of `ToneOptions`, as numbers or text; the rest has defaults. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Ids of the models it pretends to have; `tone` and `tone-alt` by default. */
  readonly modelIds?: readonly string[];
  /** Ends the process for the `exit` fault. */
  readonly exit: () => void;
}

const TONE_VOICE = 'tone';
const SINE_SOURCES_KEPT = 16;

/**
 * Makes the engine for tests and load: it speaks numbers or a tone, exactly as told, in time or out of it,
 * and fails on request. Whoever makes it closes it.
 *
 * @throws WorkerError `BAD_OPTIONS`
 */
export function createToneEngine({ clock, options: values = {}, modelIds, exit }: ToneEngineOptions): Engine {
  const parsed = parseToneOptions(values);
  if (parsed.kind === 'invalid') throw new WorkerError('BAD_OPTIONS', parsed.problem);
  const defaults = parsed.options;
  const scheduler = new ToneScheduler(clock);
  const counted = new CountedFrames();
  const sines = new Map<string, SineFrames>();

  const now = (): number => clock.nowMs();

  const sourceOf = ({ mode, sample_rate, frequency_hz }: ToneOptions): FrameSource => {
    if (mode === 'counted') return counted;
    const key = `${sample_rate}/${frequency_hz}`;
    const known = sines.get(key);
    if (known !== undefined) return known;
    if (sines.size >= SINE_SOURCES_KEPT) sines.clear();
    const made = new SineFrames(sample_rate, frequency_hz);
    sines.set(key, made);
    return made;
  };

  const model: LoadedModel = {
    checkOptions(session) {
      const own = sessionToneOptions(defaults, session);
      if (own.kind === 'invalid') return own.problem;
      return own.options.fault === ToneFault.refuseSession
        ? 'the tone engine refuses as it was told to'
        : undefined;
    },
    async synthesize(request, sink) {
      const own = sessionToneOptions(defaults, request.options);
      if (own.kind === 'invalid') throw new WorkerError('BAD_OPTIONS', own.problem);
      const { options } = own;
      const firstSample = options.mode === 'counted' ? countedSeed(request.text) : 0;
      const speech = new ToneSpeech({
        request,
        sink,
        options,
        source: sourceOf(options),
        firstSample,
        now,
        exit,
      });
      if (speech.tick(now())) scheduler.add(speech);
      try {
        await speech.done;
      } finally {
        scheduler.remove(speech);
      }
    },
    unload: () => Promise.resolve(),
  };

  return {
    name: 'tone',
    abilities: { streaming: true, zeroShot: false, lora: false, cpuOk: true, emotiveZeroPrompt: false },
    models: (modelIds ?? [TONE_VOICE, `${TONE_VOICE}-alt`]).map((modelId) => ({
      modelId,
      family: 'tone',
      languages: ['en', 'und'],
      voices: [TONE_VOICE],
    })),
    load: () => Promise.resolve(model),
    close() {
      scheduler.close();
      return Promise.resolve();
    },
  };
}
