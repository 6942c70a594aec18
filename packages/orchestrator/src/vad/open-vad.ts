import type { ResamplerFactory } from '@parley/audio';
import { loadVadEngine } from '@parley/audio/vad';
import type { SessionSettings } from '@parley/protocol';
import type { VadConfig } from '../config/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { OpenEars } from '../session/ports/ears.ts';
import { Microphone } from './microphone.ts';

/** Voice activity detection for all sessions of a process. */
export interface Vad {
  /** Opens a session's ears. */
  readonly open: OpenEars;
  /** Why these settings cannot be had here, or `undefined` when they can. */
  refuse(settings: SessionSettings): string | undefined;
  /** Ends the engine and its threads. Idempotent. */
  close(): Promise<void>;
}

/**
 * Loads the configured engine; all sessions share it. Created and closed by `main.ts`.
 *
 * @throws VadError `ENGINE_UNAVAILABLE` when its model or runtime cannot be loaded
 */
export async function openVad(config: VadConfig, clock: Clock, resamplers: ResamplerFactory): Promise<Vad> {
  const engine = await loadVadEngine({ engine: config.engine, aggressiveness: config.aggressiveness });
  const { noise_gate: gate } = config;
  const options = {
    engine,
    resamplers,
    clock,
    ...(gate.enabled && {
      noiseGate: {
        windowMs: gate.window_ms,
        percentile: gate.percentile,
        thresholdMultiplier: gate.threshold_multiplier,
      },
    }),
  };
  return {
    open: (settings, listener) => new Microphone(options, settings, listener),
    refuse: ({ vad }) => {
      if (vad.engine !== config.engine) {
        return `"vad.engine" must be ${config.engine} on this server, but is ${vad.engine}.`;
      }
      if (vad.aggressiveness !== config.aggressiveness) {
        return `"vad.aggressiveness" must be ${config.aggressiveness} on this server, but is ${vad.aggressiveness}.`;
      }
      return undefined;
    },
    close: () => engine.close(),
  };
}
