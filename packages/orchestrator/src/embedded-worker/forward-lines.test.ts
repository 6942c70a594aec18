import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { forwardLines } from './forward-lines.ts';
import { recordLog, type LoggedLine } from './testing/log-recorder.ts';

test('JSON lines keep level, fields and message; other text becomes a warning', async () => {
  const output = new PassThrough();
  const lines: LoggedLine[] = [];
  const plain: string[] = [];
  forwardLines(output, recordLog(lines), (line) => void plain.push(line));
  output.write('{"level":50,"time":1,"pid":2,"hostname":"h","worker":"w","voice":"x","msg":"no such');
  output.write(' voice"}\n{"level":20,"msg":"detail"}\r\n\n');
  output.write('{"level":"warn","msg":"slow"}\n{"level":"fatal","msg":"gone"}\n');
  output.write('Segmentation fault\n{broken\n[1]\n{"level":"high"}\n');
  output.end(`${'x'.repeat(10_000)}\n`);
  await once(output, 'close');
  assert.deepEqual(lines.slice(0, 7), [
    { level: 'error', fields: { voice: 'x' }, message: 'no such voice' },
    { level: 'debug', fields: {}, message: 'detail' },
    { level: 'warn', fields: {}, message: 'slow' },
    { level: 'error', fields: {}, message: 'gone' },
    { level: 'warn', fields: { line: 'Segmentation fault' }, message: 'output of the worker process' },
    { level: 'warn', fields: { line: '{broken' }, message: 'output of the worker process' },
    { level: 'warn', fields: { line: '[1]' }, message: 'output of the worker process' },
  ]);
  assert.deepEqual(lines[7], { level: 'info', fields: {}, message: 'worker' });
  assert.deepEqual(plain.slice(0, 3), ['Segmentation fault', '{broken', '[1]']);
  assert.equal(plain[3]?.length, 8192);
});
