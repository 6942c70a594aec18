import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem } from './format-problems.ts';
import { loadConfig, type LoadConfigResult } from './load-config.ts';
import { resolveResponderMode } from './responder-mode.ts';

function load(yaml: string): LoadConfigResult {
  return loadConfig({ path: 'test.yaml', env: {}, readFile: () => yaml });
}

function modeOf(yaml: string): string {
  const result = load(yaml);
  assert.equal(result.kind, 'ok');
  return resolveResponderMode(result.config);
}

test('auto echoes when speech is transcribed, and otherwise nothing answers', () => {
  assert.equal(modeOf('responder: {mode: auto}\nasr: {enabled: true}'), 'echo');
  assert.equal(modeOf('responder: {mode: auto}'), 'none');
  assert.equal(modeOf('asr: {enabled: true}'), 'none');
  assert.equal(modeOf('responder: {mode: echo}'), 'echo');
});

test('a language model that is to answer must be named, with its address', () => {
  const result = load('responder: {mode: llm, llm: {model: small}}');
  assert.equal(result.kind, 'invalid');
  assert.deepEqual(
    result.problems.map(({ key, expected }) => [key, expected]),
    [['responder.mode', 'responder.llm.url']],
  );
  const sentences = result.problems.map(formatProblem).join('\n');
  assert.match(
    sentences,
    /responder\.mode: "?llm"? is not possible without the url of a language model; expected/,
  );
  assert.equal(modeOf('responder: {mode: llm, llm: {model: small, url: "http://localhost:1/v1"}}'), 'llm');
});
