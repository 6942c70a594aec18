import type { HistoryEntry } from './history.ts';

/** A message as chat endpoints take it. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Options of {@link chatMessages}. */
export interface ChatMessagesOptions {
  /** What the model is told first. Absent or empty: nothing. */
  readonly instructions?: string | undefined;
  /** Entries before that of the transcript. */
  readonly maxEntries: number;
}

/**
 * The conversation for a chat endpoint: instructions, the last entries and the transcript, which is the end of the
 * history, unless none is kept. Entries of the same side in a row become one message, as many models insist on turns.
 */
export function chatMessages(
  history: readonly HistoryEntry[],
  transcript: string,
  { instructions = '', maxEntries }: ChatMessagesOptions,
): readonly ChatMessage[] {
  const last = history.at(-1);
  const isKept = last?.role === 'user' && last.text.endsWith(transcript.trim());
  const said: readonly HistoryEntry[] = isKept ? history : [...history, { role: 'user', text: transcript }];
  const messages: ChatMessage[] = instructions === '' ? [] : [{ role: 'system', content: instructions }];
  for (const { role, text } of said.slice(-maxEntries - 1)) {
    const before = messages.at(-1);
    if (before?.role === role)
      messages[messages.length - 1] = { role, content: `${before.content}\n${text}` };
    else messages.push({ role, content: text });
  }
  return messages;
}
