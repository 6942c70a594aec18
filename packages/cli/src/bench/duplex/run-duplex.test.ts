import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runParley } from '../../testing/run-parley.ts';
import { smokeBenchOptions } from '../bench-options.ts';
import { duplexCaseAsText, duplexReportAsMarkdown, replaceDuplexSection } from './duplex-report.ts';
import { runDuplex } from './run-duplex.ts';

/** What `parley bench report` makes of it. */
async function renderedByCommand(report: object): Promise<{ code: number | null; hasRow: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-duplex-'));
  try {
    const path = join(folder, 'duplex.json');
    writeFileSync(path, JSON.stringify(report));
    const { code, stdout } = await runParley(['bench', 'report', path]);
    return { code, hasRow: stdout.toString().includes('| 3 | webrtc |') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

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
  assert.deepEqual(await renderedByCommand(report), { code: 0, hasRow: true });
  // What an older one called the decision was something else.
  assert.deepEqual(await renderedByCommand({ ...report, version: 1 }), { code: 2, hasRow: false });
  const page = replaceDuplexSection(
    '# B\n<!-- duplex:start -->\nold\n<!-- duplex:end -->\nend\n',
    duplexReportAsMarkdown(report),
  );
  assert.match(page, /\| 3 \| webrtc \|[^]*\nend\n$/);
  assert.doesNotMatch(page, /\nold\n/);
});
