import { loadVadEngine, type NoiseGateOptions, type VadEngine, type VadEngineName } from '@parley/audio/vad';

/** An engine with its settings, as compared in the report. */
export interface Contender {
  /** Column heading, such as `webrtc 2`. */
  readonly label: string;
  readonly engine: VadEngineName;
  readonly aggressiveness: number;
  /** Whether its cost is measured: settings that do not touch the engine have none of their own. */
  readonly measuresCost?: boolean;
  /** Noise gate of the detector behind the engine; none where absent. */
  readonly noiseGate?: NoiseGateOptions;
}

/** Everything that is compared. */
export const contenders: readonly Contender[] = [
  { label: 'webrtc 2', engine: 'webrtc', aggressiveness: 2, measuresCost: true },
  { label: 'webrtc 3', engine: 'webrtc', aggressiveness: 3 },
  { label: 'webrtc 3 + gate', engine: 'webrtc', aggressiveness: 3, noiseGate: {} },
  { label: 'silero', engine: 'silero', aggressiveness: 2, measuresCost: true },
  { label: 'hybrid', engine: 'hybrid', aggressiveness: 2, measuresCost: true },
  { label: 'hybrid + gate', engine: 'hybrid', aggressiveness: 2, noiseGate: {} },
];

/** The contender's engine; the caller closes it. */
export function loadContender(contender: Contender, batchIntervalMs?: number): Promise<VadEngine> {
  const { engine, aggressiveness } = contender;
  return loadVadEngine({
    engine,
    aggressiveness,
    ...(batchIntervalMs === undefined ? {} : { batchIntervalMs }),
  });
}
