export type { OrchestratorConfig, SecurityConfig } from './config.ts';
export { configJsonSchema, type JsonSchema } from './config-schema.ts';
export type { Environment } from './environment.ts';
export { formatProblem, formatProblems } from './format-problems.ts';
export type {
  AsrConfig,
  AsrDevice,
  NoiseGateConfig,
  OpenAiAsrConfig,
  VadConfig,
  VadFrameDurationMs,
  VadSampleRateHz,
} from './listening-config.ts';
export {
  type ConfigFlag,
  type ConfigSources,
  defaultConfigPath,
  loadConfig,
  type LoadConfigOptions,
  type LoadConfigResult,
} from './load-config.ts';
export { type LogLevel, logLevels, type PinoLevel, pinoLevel } from './log-level.ts';
export { printConfig, printConfigSchema } from './print-config.ts';
export type { ConfigProblem, ConfigSource } from './problem.ts';
export { type ResolvedRegistryKind, resolveRegistryKind } from './registry-kind.ts';
export type { LlmConfig, ResponderConfig, ResponderModeConfig } from './responder-config.ts';
export { type ResolvedResponderMode, resolveResponderMode } from './responder-mode.ts';
export type { SessionConfig, TextConfig } from './session-config.ts';
export { type SettingWithoutEffect, settingsWithoutEffect } from './settings-without-effect.ts';
export type { LiveKitConfig, TransportConfig, WebSocketConfig } from './transport-config.ts';
export type {
  EmbeddedWorkerConfig,
  LoadBalanceStrategy,
  RedisConfig,
  RegistryConfig,
  RoutingConfig,
  WorkersConfig,
} from './workers-config.ts';
