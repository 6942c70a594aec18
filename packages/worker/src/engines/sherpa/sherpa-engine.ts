import { SessionOption } from '@parley/worker-api';
import { type Clock, systemClock } from '../../clock.ts';
import type { Engine, LoadedModel, SessionOptions } from '../../engine.ts';
import { WorkerError } from '../../worker-error.ts';
import { findModelFiles, type ModelFilesResult } from './model-files.ts';
import { openProcessPool } from './process-pool.ts';
import { type ModelFolder, parseSherpaOptions, type SherpaOptions } from './sherpa-options.ts';
import { textPieces } from './text-pieces.ts';

/** What {@link createSherpaEngine} works with. */
export interface SherpaEngineOptions {
  /** Some of `SherpaOptions`, as values or text; `models` must be there. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The system's by default. */
  readonly clock?: Clock;
  /** The native library: a package, `sherpa-onnx-node` by default, or the URL of a module that stands in for it. */
  readonly library?: string;
}

type FoundModel = Extract<ModelFilesResult, { kind: 'ok' }>;

/**
 * Makes an engine for models on disk that sherpa-onnx runs: Piper and other VITS, Kokoro, Matcha. Each loaded model
 * has processes of its own, so that a crash of native code costs the text that was being spoken and nothing else.
 * Whoever makes it closes it.
 *
 * @throws WorkerError `BAD_OPTIONS`, with everything that is wrong with the options or the files
 */
export async function createSherpaEngine(given: SherpaEngineOptions): Promise<Engine> {
  const { clock = systemClock, library = 'sherpa-onnx-node' } = given;
  const options = parseSherpaOptions(given.options);
  const found = new Map<string, FoundModel & { readonly folder: ModelFolder }>();
  const problems: string[] = [];
  for (const folder of options.models) {
    const result = await findModelFiles(folder.path, options.vocoder);
    if (result.kind === 'invalid') problems.push(...result.problems);
    else if (found.has(folder.modelId))
      problems.push(`${folder.modelId}: two models have this id; write id=folder`);
    else found.set(folder.modelId, { ...result, folder });
  }
  if (problems.length > 0) throw new WorkerError('BAD_OPTIONS', `sherpa models:\n  ${problems.join('\n  ')}`);

  const load = async (modelId: string, signal: AbortSignal): Promise<LoadedModel> => {
    // Looked at again: much may have happened to the files since.
    const path = found.get(modelId)?.folder.path ?? '';
    const result = await findModelFiles(path, options.vocoder);
    if (result.kind === 'invalid') throw new WorkerError('LOAD_FAILED', result.problems.join('; '));
    const pool = await openProcessPool({
      load: {
        type: 'load',
        library,
        files: result.files,
        threads: options.threads,
        provider: options.provider,
      },
      loadTimeoutMs: options.load_timeout_ms,
      silenceTimeoutMs: options.silence_timeout_ms,
      processes: options.processes,
      maxWaiting: options.max_waiting,
      clock,
      modelId,
      signal,
    });
    const speakers = speakersOf(result, options);
    return {
      warmUp: () =>
        pool.run(new AbortController().signal, (process) =>
          process.speak({
            text: 'Hello.',
            speaker: 0,
            speed: 1,
            signal: new AbortController().signal,
            onAudio: () => undefined,
          }),
        ),
      checkOptions: (session) => {
        const settings = readSettings(session, options, speakers, pool.speakers);
        return typeof settings === 'string' ? settings : undefined;
      },
      async synthesize({ text, options: session, signal: aborted }, sink) {
        const settings = readSettings(session, options, speakers, pool.speakers);
        if (typeof settings === 'string') throw new WorkerError('BAD_OPTIONS', settings);
        let hasRoom = true;
        const onAudio = (pcm: Uint8Array): void => {
          hasRoom = sink.audio(pcm, pool.sampleRateHz);
        };
        for (const piece of textPieces(text)) {
          const speech = pool.run(aborted, (process) =>
            process.speak({ text: piece, ...settings, signal: aborted, onAudio }),
          );
          await orAborted(speech, aborted);
          if (!hasRoom) await sink.ready();
          if (aborted.aborted) return;
        }
      },
      unload: () => pool.close(),
    };
  };

  return {
    name: 'sherpa',
    abilities: {
      streaming: true,
      zeroShot: false,
      lora: false,
      cpuOk: options.provider === 'cpu',
      emotiveZeroPrompt: false,
    },
    models: Array.from(found.values(), (model) => {
      const speakers = [...speakersOf(model, options).keys()];
      const { languages } = options.languages.length > 0 ? options : model.description;
      const info = { modelId: model.folder.modelId, family: model.family, languages };
      return speakers.length > 0 ? Object.assign(info, { voices: speakers }) : info;
    }),
    load,
    close: () => Promise.resolve(),
  };
}

interface SpeechSettings {
  readonly speaker: number;
  readonly speed: number;
}

function speakersOf({ description }: FoundModel, { voices }: SherpaOptions): ReadonlyMap<string, number> {
  return voices.length > 0 ? new Map(voices.map((name, index) => [name, index])) : description.speakers;
}

/** The settings, or what is wrong with the options. */
function readSettings(
  session: SessionOptions,
  { voice: defaultVoice = '0' }: SherpaOptions,
  speakers: ReadonlyMap<string, number>,
  speakerCount: number,
): SpeechSettings | string {
  const voice = session[SessionOption.voice] || defaultVoice;
  const speaker = speakers.get(voice) ?? (/^\d{1,5}$/u.test(voice) ? Number(voice) : Number.NaN);
  if (!(speaker < speakerCount)) {
    const names = speakers.size > 0 ? `${[...speakers.keys()].slice(0, 20).join(', ')}, or ` : '';
    return `there is no voice ${JSON.stringify(voice)}; there are ${names}speakers 0 to ${speakerCount - 1}`;
  }
  const speed = Number(session[SessionOption.speed] ?? '1');
  if (speed >= 0.25 && speed <= 4) return { speaker, speed };
  return `speed must be 0.25 to 4, but is ${JSON.stringify(session[SessionOption.speed])}`;
}

/** Settles at the latest with the abort; what the process still does then ends by itself. */
async function orAborted(speech: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([speech, promise]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    // A failure after the abort is nobody's any more.
    speech.catch(() => undefined);
  }
}
