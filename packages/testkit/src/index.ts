export { FakeClock, type FakeTimer } from './fake-clock.ts';
export {
  type ProcessExit,
  type ServerProcess,
  startServer,
  type StartServerOptions,
} from './start-server.ts';
