import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const ours = new URL('../proto/tts.proto', import.meta.url);
const example = new URL('../../../examples/python-worker/tts.proto', import.meta.url);
/** Parley's additions have numbers from here on. */
const ADDITIONS_FROM = 20;

/** What a contract declares, each with the message, enum or service it belongs to, whatever its layout. */
function declarations(file: URL): string[] {
  const text = readFileSync(file, 'utf8')
    .replaceAll(/\/\/.*$/gmu, '')
    .replaceAll(/\/\*[^]*?\*\//gu, '');
  const found: string[] = [];
  const scopes: string[] = [];
  for (const [token] of text.matchAll(/[^{};]*[{};]/gu)) {
    const words = token.slice(0, -1).trim().replaceAll(/\s+/gu, ' ');
    if (words !== '') found.push([...scopes, words].join(' > '));
    if (token.endsWith('{')) scopes.push(words);
    else if (token.endsWith('}')) scopes.pop();
  }
  return found;
}

function isAddition(declaration: string): boolean {
  return Number(/= (\d+)$/u.exec(declaration)?.[1] ?? 0) >= ADDITIONS_FROM;
}

test('the contract of the example in Python is ours without the additions', () => {
  const all = declarations(ours);
  const additions = all.filter(isAddition);
  assert.ok(additions.length > 0, 'the additions were not found');
  // Messages that only additions use are additions themselves.
  const isNew = (declaration: string): boolean => {
    const message = /^message (\w+)/u.exec(declaration)?.[1] ?? '';
    const uses = all.filter((other) => new RegExp(`(> |\\(|repeated |, ?)${message}\\b`, 'u').test(other));
    return message !== '' && uses.length > 0 && uses.every(isAddition);
  };
  const kept = all.filter((declaration) => !isAddition(declaration) && !isNew(declaration));
  assert.ok(kept.some((declaration) => declaration.includes('rpc Synthesize')));
  assert.deepEqual(declarations(example), kept);
});
