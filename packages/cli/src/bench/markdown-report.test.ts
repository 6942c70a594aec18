import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceSection } from './markdown-report.ts';

test('puts the section at the end of a page without marks, and in its place from then on', () => {
  const once = replaceSection('# Page\n\nWords.\n', 'first');
  assert.match(once, /^# Page\n\nWords\.\n\n<!-- bench:start -->\nfirst\n<!-- bench:end -->\n$/);
  const twice = replaceSection(`${once}\nMore words.\n`, 'second');
  assert.match(
    twice,
    /^# Page\n\nWords\.\n\n<!-- bench:start -->\nsecond\n<!-- bench:end -->\n\nMore words\.\n$/,
  );
});
