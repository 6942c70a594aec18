export type { FleetCounters, FleetSample } from './fleet-counters.ts';
export { FrameStats, LATENESS_EDGES_MS } from './frame-stats.ts';
export { createLogger, type LogDestination, type LoggerOptions, type RootLogger } from './logger.ts';
export { createMetrics, type Metrics, type MetricsOptions } from './metrics.ts';
export type { SessionSample } from './session-gauges.ts';
export type { SpeechCounters } from './speech-counters.ts';
