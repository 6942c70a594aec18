import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smokeBenchOptions } from '../bench-options.ts';
import { duplexCaseAsText, duplexReportAsMarkdown, replaceDuplexSection } from './duplex-report.ts';
import { runDuplex } from './run-duplex.ts';

// Counts only: how fast anything is says nothing on a machine that runs tests.
test('a run hears every frame once, is heard all the time, and interrupts every session of its sample', async () => {
  const report = await runDuplex({ ...smokeBenchOptions, sessions: [3], pin: false }, ['webrtc'], {
    command: 'parley bench --duplex --smoke',
    signal: new AbortController().signal,
  });
  const [measured] = report.cases;
  assert.ok(measured !== undefined);
  assert.equal(measured.counts.firstError, undefined);
  const { broken, duplicates, errors, falseAlarms, lost } = measured.counts;
  assert.deepEqual(
    { broken, duplicates, errors, falseAlarms, lost },
    {
      broken: 0,
      duplicates: 0,
      errors: 0,
      falseAlarms: 0,
      lost: 0,
    },
  );
  assert.ok(measured.window.framesIn > 0 && measured.window.framesOut > 0);
  const { controlSample } = smokeBenchOptions;
  const { failedResumes, missed, ...latencies } = measured.probes;
  assert.deepEqual([missed, failedResumes], [0, 0]);
  for (const [name, { count }] of Object.entries(latencies)) assert.equal(count, controlSample, name);
  const { decisionToHoldMs, onsetToClearMs, onsetToLastFrameMs } = latencies;
  assert.ok(decisionToHoldMs.p50 > 0);
  // It takes 200 ms of a voice to interrupt, and 500 ms to confirm it, whatever the machine.
  assert.ok(onsetToLastFrameMs.p50 >= 150 && onsetToClearMs.p50 >= 480);
  assert.equal(report.sound, true);
  assert.match(duplexCaseAsText(measured), /onset to clear/);
  const page = replaceDuplexSection(
    '# B\n<!-- duplex:start -->\nold\n<!-- duplex:end -->\nend\n',
    duplexReportAsMarkdown(report),
  );
  assert.match(page, /\| 3 \| webrtc \|[^]*\nend\n$/);
  assert.doesNotMatch(page, /\nold\n/);
});
