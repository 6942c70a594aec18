import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VadDecision } from '@parley/audio/vad';
import type { TurnClip } from '../turns/index.ts';
import { barChart } from './bar-chart.ts';
import { contenders } from './contender.ts';
import { reportPicture } from './report-picture.ts';
import { replaceSection } from './report-section.ts';
import { markdownTable, reportTables } from './report-tables.ts';
import { scoreClip } from './score-clip.ts';
import { quantile } from './statistics.ts';

const clip: TurnClip = {
  name: 'speech/0',
  category: 'speech',
  samples: new Int16Array(16 * 4000),
  speech: [{ startMs: 1000, endMs: 2000 }],
  otherSound: [],
  systemSpeaks: [],
};

/** Decisions of 20 ms over the whole clip, for speech from one moment to another. */
function decisions(fromMs: number, toMs: number): VadDecision[] {
  return Array.from({ length: 200 }, (_, index) => ({
    probability: index * 20 >= fromMs && index * 20 < toMs ? 1 : 0,
    levelDbfs: -30,
    startSample: index * 320,
    endSample: (index + 1) * 320,
  }));
}

test('an engine that is right has all hits, and its delays are its frames and what the detector waits', () => {
  const score = scoreClip(clip, decisions(1000, 2000));
  assert.deepEqual([score.hits, score.misses, score.falseAlarms], [90, 0, 0]);
  assert.deepEqual([score.onsetDelaysMs, score.offsetDelaysMs], [[20], [0]]);
  assert.deepEqual([score.startDelaysMs, score.stopDelaysMs], [[100], [300]]);
  assert.deepEqual([score.missedTurns, score.falseStarts, score.stuck], [0, 0, false]);
});

test('an engine that is late, and holds on too long, is measured so', () => {
  const score = scoreClip(clip, decisions(1100, 2300));
  assert.deepEqual([score.hits, score.misses, score.falseAlarms], [85, 5, 25]);
  assert.deepEqual([score.onsetDelaysMs, score.offsetDelaysMs], [[120], [300]]);
  assert.deepEqual([score.startDelaysMs, score.stopDelaysMs], [[200], [600]]);
});

test('an engine that hears nothing misses the turn', () => {
  const score = scoreClip(clip, decisions(0, 0));
  assert.deepEqual([score.hits, score.misses, score.missedTurns], [0, 90, 1]);
  assert.deepEqual([score.onsetDelaysMs, score.startDelaysMs, score.stopDelaysMs], [[], [], []]);
});

test('an engine that always says speech has no onset, and is stuck', () => {
  const score = scoreClip(clip, decisions(0, 4000));
  assert.deepEqual([score.hits, score.misses, score.stuck], [90, 0, true]);
  assert.deepEqual([score.onsetDelaysMs, score.offsetDelaysMs, score.stopDelaysMs], [[], [], []]);
});

test('speech where nobody talks is a false start', () => {
  const silent: TurnClip = { ...clip, category: 'noise', speech: [] };
  const score = scoreClip(silent, decisions(500, 1000));
  assert.deepEqual([score.falseStarts, score.falseAlarms, score.rejections], [1, 50, 350]);
});

test('quantiles lie between the values, and of nothing there is none', () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
  assert.equal(quantile([5], 0.95), 5);
  assert.equal(quantile([], 0.5), undefined);
});

test('the report has a column for each engine, and a picture that is well formed', () => {
  const results = contenders.map((contender) => ({
    contender,
    scores: [scoreClip(clip, decisions(1000, 2000), contender.noiseGate)],
    costs: new Map([['100 streams, talk', { cpuUsPerFrame: 7.25, latencyMedianMs: 1, latencyP99Ms: 2 }]]),
  }));
  const [first, ...others] = reportTables(results);
  assert.ok(first !== undefined);
  assert.deepEqual(first.columns, ['', ...contenders.map(({ label }) => label)]);
  assert.match(markdownTable(first), /^\| clean \| 1\.00 \/ 1\.00 \|/mu);
  assert.match(others.map(markdownTable).join('\n'), /7\.3 us; 1\.0 \/ 2\.0/u);
  const picture = reportPicture(results);
  assert.match(picture, /^<svg [^>]+>\n[\s\S]+<\/svg>\n$/u);
  assert.equal(picture.match(/<g /gu)?.length, picture.match(/<\/g>/gu)?.length);
});

test('a bar is as long as its value', () => {
  const series = [{ label: 'a & b', values: [1, 0.5, undefined] }];
  const svg = barChart('t', [{ title: 'p', unit: 'u', max: 1, groups: ['x', 'y', 'z'], series }]);
  const heights = [...svg.matchAll(/<rect [^>]*height="([\d.]+)" fill="#c2410c"/gu)].map((match) =>
    Number(match[1]),
  );
  const [full = 0, half = 0, none] = heights;
  assert.ok(full > 0 && Math.abs(full / 2 - half) < 0.2);
  assert.equal(none, 0);
  assert.match(svg, /a &amp; b/u);
});

test('a measured part of a page is written anew, and the rest stays', () => {
  const page = 'before\n<!-- engines:begin -->\nold\n<!-- engines:end -->\nafter\n';
  const once = replaceSection(page, 'engines', '\nnew\n');
  assert.equal(once, 'before\n<!-- engines:begin -->\nnew\n<!-- engines:end -->\nafter\n');
  assert.equal(replaceSection(once, 'engines', 'new'), once);
  assert.throws(() => replaceSection(page, 'system', 'new'), /no part/u);
});
