import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createProgressLine } from './progress-line.ts';

test('without a terminal a line is written now and then, or nothing at all', () => {
  let nowMs = 0;
  const stream = new PassThrough();
  const line = createProgressLine(stream, { plainEveryMs: 5000, nowMs: () => nowMs });
  const silent = createProgressLine(stream, { nowMs: () => nowMs });
  for (; nowMs <= 11_000; nowMs += 1000) {
    line.update(`at ${nowMs}`);
    silent.update('never');
  }
  line.clear();
  assert.equal(String(stream.read()), 'at 0\nat 5000\nat 10000\n');
});

test('on a terminal the line is rewritten in place, and taken away in the end', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  const line = createProgressLine(stream, { plainEveryMs: 5000, nowMs: () => 0 });
  line.update('10 %');
  line.clear();
  assert.equal(String(stream.read()), '\r\u001B[2K10 %\r\u001B[2K');
});
