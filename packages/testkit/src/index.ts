export { FakeClock, type FakeTimer } from './fake-clock.ts';
