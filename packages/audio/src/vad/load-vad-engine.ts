import { createHybridEngine, type HybridEngineOptions } from './hybrid-engine.ts';
import { createSileroEngine } from './silero-engine.ts';
import type { VadEngine, VadEngineName } from './vad-engine.ts';
import { createWebrtcEngine, type WebrtcEngineOptions } from './webrtc-engine.ts';

/** Options of {@link loadVadEngine}; each engine takes what concerns it. */
export interface VadEngineOptions extends WebrtcEngineOptions, HybridEngineOptions {
  readonly engine: VadEngineName;
}

/**
 * Makes the engine of that name, ready to judge: the neural ones have their thread and model up. The
 * caller closes it.
 *
 * @throws RangeError when an option is out of range
 * @throws VadError `ENGINE_UNAVAILABLE` when the model or its runtime cannot be loaded here
 */
export async function loadVadEngine(options: VadEngineOptions): Promise<VadEngine> {
  if (options.engine === 'webrtc') return createWebrtcEngine(options);
  const engine = await (options.engine === 'silero'
    ? createSileroEngine(options)
    : createHybridEngine(options));
  try {
    await engine.warmUp();
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}
