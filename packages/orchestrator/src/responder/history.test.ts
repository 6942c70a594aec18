import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { chatMessages } from './chat-messages.ts';
import { History, type HistoryEntry } from './history.ts';

const entry = fc.record({
  role: fc.constantFrom<'user' | 'assistant'>('user', 'assistant'),
  text: fc.string({ maxLength: 30 }),
});

function historyOf(limit: number, ...entries: readonly HistoryEntry[]): History {
  const history = new History(limit);
  for (const one of entries) history.add(one);
  return history;
}

const conversation: readonly HistoryEntry[] = [
  { role: 'user', text: 'Hello.' },
  { role: 'assistant', text: 'Good day.' },
  { role: 'user', text: 'What time is it?' },
];

test('what the same side says in a row is one entry, and blank text is none', () => {
  const history = historyOf(
    10,
    ...conversation,
    { role: 'user', text: ' Hm? ' },
    { role: 'assistant', text: ' ' },
  );
  assert.deepEqual(history.entries.slice(0, 2), conversation.slice(0, 2));
  assert.deepEqual(history.entries[2], { role: 'user', text: 'What time is it? Hm?' });
});

test('the oldest is forgotten first', () => {
  assert.deepEqual(historyOf(2, ...conversation).entries, conversation.slice(1));
  assert.deepEqual(historyOf(0, ...conversation).entries, []);
});

test('of a text without end the end is kept, and nothing before it', () => {
  const history = historyOf(10, ...conversation, { role: 'assistant', text: `${'x'.repeat(100_000)}end` });
  assert.equal(history.entries.length, 1);
  assert.equal(history.entries[0]?.text.length, 40_000);
  assert.ok(history.entries[0].text.endsWith('end'));
});

test('entries that were given out do not change', () => {
  const history = historyOf(10, ...conversation);
  const before = history.entries;
  history.add({ role: 'user', text: 'Well?' });
  assert.deepEqual(before, conversation);
});

test('whatever is said, history is bounded, alternates and ends with what was said last', () => {
  fc.assert(
    fc.property(fc.array(entry), fc.integer({ min: 1, max: 5 }), (entries, limit) => {
      const { entries: kept } = historyOf(limit, ...entries);
      assert.ok(kept.length <= limit);
      for (const [index, one] of kept.entries()) assert.notEqual(one.role, kept[index - 1]?.role);
      const last = entries.findLast(({ text }) => text.trim() !== '');
      if (last !== undefined) assert.ok(kept.at(-1)?.text.endsWith(last.text.trim()));
    }),
  );
});

test('a chat endpoint gets instructions, the conversation and the transcript once', () => {
  const messages = chatMessages(conversation, 'What time is it?', {
    instructions: 'Be brief.',
    maxEntries: 20,
  });
  assert.deepEqual(messages, [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello.' },
    { role: 'assistant', content: 'Good day.' },
    { role: 'user', content: 'What time is it?' },
  ]);
});

test('no more of the conversation is sent than asked for, and the transcript always', () => {
  const last = { role: 'user', content: 'What time is it?' };
  assert.deepEqual(chatMessages(conversation, 'What time is it?', { maxEntries: 0 }), [last]);
  assert.deepEqual(chatMessages([], 'What time is it?', { maxEntries: 5 }), [last]);
  assert.deepEqual(chatMessages(conversation.slice(0, 2), 'What time is it?', { maxEntries: 1 }), [
    { role: 'assistant', content: 'Good day.' },
    last,
  ]);
});

test('messages of one side never follow each other', () => {
  const messages = chatMessages([{ role: 'user', text: 'One.' }], 'Two.', { maxEntries: 5 });
  assert.deepEqual(messages, [{ role: 'user', content: 'One.\nTwo.' }]);
});
