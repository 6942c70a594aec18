import type { ResamplerFactory } from '@parley/audio';
import { loadVadEngine, type VadStats } from '@parley/audio/vad';
import type { SessionSettings } from '@parley/protocol';
import type { VadConfig } from '../config/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { OpenEars } from '../session/ports/ears.ts';
import { Microphone, type RecognitionOptions } from './microphone.ts';

/** Voice activity detection for all sessions of a process. */
export interface Vad {
  /** Opens a session's ears. */
  readonly open: OpenEars;
  /** Why these settings cannot be had here, or `undefined` when they can. */
  refuse(settings: SessionSettings): string | undefined;
  /** What the engine has done so far. */
  stats(): VadStats;
  /** Ends the engine and its threads. Idempotent. */
  close(): Promise<void>;
}

/** What listening needs. */
export interface VadOptions {
  readonly config: VadConfig;
  readonly clock: Clock;
  readonly resamplers: ResamplerFactory;
  /** Absent where speech is not transcribed. */
  readonly recognition?: RecognitionOptions;
}

/**
 * Loads the configured engine; all sessions share it. Created and closed by `main.ts`.
 *
 * @throws VadError `ENGINE_UNAVAILABLE` when its model or runtime cannot be loaded
 */
export async function openVad(options: VadOptions): Promise<Vad> {
  const { config, clock, resamplers, recognition } = options;
  const engine = await loadVadEngine({ engine: config.engine, aggressiveness: config.aggressiveness });
  const { noise_gate: gate } = config;
  const shared = {
    engine,
    resamplers,
    clock,
    ...(recognition !== undefined && { recognition }),
    ...(gate.enabled && {
      noiseGate: {
        windowMs: gate.window_ms,
        percentile: gate.percentile,
        thresholdMultiplier: gate.threshold_multiplier,
      },
    }),
  };
  return {
    open: (settings, listener) => new Microphone(shared, settings, listener),
    refuse: ({ asr, vad }) => {
      const language = asr === undefined ? undefined : recognition?.engine.refuseLanguage(asr.language);
      if (language !== undefined) return `"asr.language" cannot be had here: ${language}`;
      if (vad.engine !== config.engine) {
        return `"vad.engine" must be ${config.engine} on this server, but is ${vad.engine}.`;
      }
      if (vad.aggressiveness !== config.aggressiveness) {
        return `"vad.aggressiveness" must be ${config.aggressiveness} on this server, but is ${vad.aggressiveness}.`;
      }
      return undefined;
    },
    stats: () => engine.stats(),
    close: () => engine.close(),
  };
}
