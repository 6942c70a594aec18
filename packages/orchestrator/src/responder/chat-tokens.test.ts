import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatTokens } from './chat-tokens.ts';

const headers = { 'content-type': 'application/json' };

test('a server that cannot stream gives its answer in one piece', async () => {
  const answer = (content: string): Response =>
    new Response(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }), { headers });
  assert.deepEqual(await Array.fromAsync(chatTokens(answer('Grüß dich.'), 'host')), ['Grüß dich.']);
  assert.deepEqual(await Array.fromAsync(chatTokens(answer(''), 'host')), []);
});

test('an answer in one piece that has no end is cut off', async () => {
  let pulled = 0;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1;
      if (pulled < 100) controller.enqueue(new Uint8Array(100_000).fill(0x20));
      else controller.close();
    },
    cancel: () => void (isCancelled = true),
  });
  await assert.rejects(Array.fromAsync(chatTokens(new Response(body, { headers }), 'host')), {
    name: 'RemoteFailure',
    message: 'host answered with more than 1000000 bytes',
    isRetryable: false,
  });
  assert.equal(isCancelled, true);
});
