import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smokeBenchOptions } from './bench-options.ts';
import type { TargetResult } from './bench-report.ts';
import { reportAsMarkdown } from './markdown-report.ts';
import { runBench } from './run-bench.ts';
import { caseAsText } from './text-table.ts';

// Counts only: how fast anything is says nothing on a machine that runs tests.
function assertEveryFrameArrived({ counts, firstAudioMs, window }: TargetResult, sessions: number): void {
  assert.equal(counts.firstError, undefined);
  assert.equal(firstAudioMs.count, sessions);
  assert.ok(window.frames > 0);
  assert.equal(window.latenessMs.count, window.frames);
  assert.ok(counts.frames > window.frames, 'frames before and after the window count, too');
  assert.equal(counts.contentChecked, counts.frames);
  const { lost, duplicates, gaps, contentBreaks, wrongSize, errors, disconnects } = counts;
  assert.deepEqual(
    { lost, duplicates, gaps, contentBreaks, wrongSize, errors, disconnects },
    { lost: 0, duplicates: 0, gaps: 0, contentBreaks: 0, wrongSize: 0, errors: 0, disconnects: 0 },
  );
}

test('a run counts every frame of the server and of the bare pipe, and none is lost', async () => {
  const [sessions = 0] = smokeBenchOptions.sessions;
  const report = await runBench(
    { ...smokeBenchOptions, pin: false, idle: 10 },
    { command: 'parley bench --smoke', signal: new AbortController().signal },
  );
  const [measured] = report.cases;
  assert.equal(report.cases.length, 1);
  assert.ok(measured?.barePipe !== undefined);
  assertEveryFrameArrived(measured.server, sessions);
  assertEveryFrameArrived(measured.barePipe, sessions);
  assert.equal(measured.server.control?.pauseMs?.count, smokeBenchOptions.controlSample);
  assert.equal(measured.server.control.stopMs?.count, smokeBenchOptions.controlSample);
  assert.equal(measured.server.control.failedResumes, 0);
  assert.equal(measured.barePipe.control?.pauseMs, undefined, 'the pipe knows no PAUSE');
  assert.ok((measured.server.targetCpuPercent ?? 0) > 0);
  assert.equal(report.idle?.connections, 10);
  assert.match(caseAsText(measured), /lost \/ duplicate/);
  assert.match(reportAsMarkdown(report), /### 5 sessions/);
});

test('a run that is interrupted ends with the reason', async () => {
  const abort = new AbortController();
  const run = runBench(
    { ...smokeBenchOptions, pin: false },
    {
      command: 'parley bench --smoke',
      signal: abort.signal,
      onProgress: (what) => {
        if (what.includes('begin to speak')) abort.abort(new Error('enough'));
      },
    },
  );
  await assert.rejects(run, { message: 'enough' });
});
