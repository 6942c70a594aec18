import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointUrl } from './endpoint.ts';
import { retryDelayMs } from './retry-delay.ts';

test('a base address and the address of the door itself both lead to the door', () => {
  const path = '/chat/completions';
  for (const url of ['https://a.example/v1', 'https://a.example/v1/', `https://a.example/v1${path}`]) {
    assert.equal(endpointUrl(url, path), 'https://a.example/v1/chat/completions');
  }
  assert.equal(endpointUrl('http://h:1', path), 'http://h:1/chat/completions');
  assert.equal(
    endpointUrl('https://h/openai?api-version=1', path),
    'https://h/openai/chat/completions?api-version=1',
  );
});

test('waits between tries double, vary, and are never long', () => {
  assert.deepEqual(
    [1, 2, 3, 9].map((attempt) => retryDelayMs(attempt, undefined, () => 0)),
    [200, 400, 800, 3000],
  );
  assert.equal(
    retryDelayMs(1, undefined, () => 1),
    100,
  );
  assert.equal(retryDelayMs(1, 50), 50);
  assert.equal(retryDelayMs(1, 60_000), 3000);
});
