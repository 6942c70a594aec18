import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText } from './read-text.ts';

test('a body is read whole, wherever it is cut', async () => {
  const text = 'Grüß dich, 世界! 👋';
  const bytes = new TextEncoder().encode(text);
  const body = ReadableStream.from(Array.from(bytes, (byte) => Uint8Array.of(byte)));
  assert.equal(await readText(new Response(body), 'host'), text);
  assert.equal(await readText(new Response(null), 'host'), '');
  assert.equal((await readText(new Response('a'.repeat(1_000_000)), 'host')).length, 1_000_000);
});
