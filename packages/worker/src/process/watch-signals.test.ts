import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import { watchSignals } from './watch-signals.ts';

function watch() {
  const clock = new FakeClock();
  const source = new EventEmitter();
  const heard: string[] = [];
  const signals = watchSignals((signal) => heard.push(`${signal} ${clock.nowMs()}`), { source, clock });
  const send = (signal: string, afterMs = 0): void => {
    clock.advance(afterMs);
    source.emit(signal, signal);
  };
  return { source, heard, signals, send };
}

test("a group's Ctrl-C that npm passes on once more counts once", () => {
  const { heard, send } = watch();
  send('SIGINT');
  send('SIGINT', 5);
  send('SIGINT', 60);
  assert.deepEqual(heard, ['SIGINT 0']);
  send('SIGINT', 1000);
  send('SIGINT', 5);
  assert.deepEqual(heard, ['SIGINT 0', 'SIGINT 1065']);
});

test('whoever presses Ctrl-C four times a second is heard again', () => {
  const { heard, send } = watch();
  for (let press = 0; press < 5; press += 1) send('SIGINT', 250);
  assert.deepEqual(heard, ['SIGINT 250', 'SIGINT 750', 'SIGINT 1250']);
});

test('another signal is no echo, however soon it comes', () => {
  const { heard, send } = watch();
  send('SIGINT');
  send('SIGTERM', 1);
  send('SIGINT', 1);
  assert.deepEqual(heard, ['SIGINT 0', 'SIGTERM 1']);
});

test('a closed watch hears nothing and leaves nothing behind', () => {
  const { heard, send, signals, source } = watch();
  signals.close();
  signals.close();
  send('SIGINT');
  assert.deepEqual([heard, source.eventNames()], [[], []]);
});
