export { FakeClock, type FakeTimer } from './fake-clock.ts';
export {
  type ProcessExit,
  type ServerProcess,
  startServer,
  type StartServerOptions,
} from './start-server.ts';
export { findFreePort } from './free-port.ts';
export { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
export { makeTestCertificate, type TestCertificate } from './test-certificate.ts';
export { silentLogger, type SilentLogger } from './silent-logger.ts';
export { SESSION_SETTINGS } from './session-settings.ts';
export { until } from './until.ts';
export { skipWithout } from './system-tool.ts';
export * from './asr-model/index.ts';
export * from './compressed-speech/index.ts';
export * from './openai-server/index.ts';
export {
  OpenAiSpeechServer,
  type OpenAiSpeechServerOptions,
  type SpeechPlan,
  startOpenAiSpeechServer,
  type RecordedSpeechRequest,
} from './openai-speech-server.ts';
export { NASTY_TEXTS, type NastyText } from './nasty-texts.ts';
export { WireClient, type WireClose, type WireMessage } from './wire-client.ts';
export { findPython, type FindPythonOptions, type PythonResult } from './python-env.ts';
