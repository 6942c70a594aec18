import { withoutEmoji } from './emoji.ts';
import { withoutMarkdown } from './markdown.ts';

/** Filters of {@link spokenText}. */
export interface SpokenTextOptions {
  /** Whether the marks of markdown and HTML are taken out; `true` by default. */
  readonly markdown?: boolean;
  /** Whether emoji are taken out; `true` by default. */
  readonly emoji?: boolean;
}

/**
 * What is to be said of a segment of `segmentText` (not of whole texts: the time rises with the square
 * of the length): its text without what is only meant for the eye. The result has no
 * fixed relation to offsets in the segment, and may be blank; ask {@link isSpeakable}.
 */
export function spokenText(segment: string, options: SpokenTextOptions = {}): string {
  const { markdown = true, emoji = true } = options;
  const plain = emoji ? withoutEmoji(segment) : segment;
  return markdown ? withoutMarkdown(plain) : plain;
}

/**
 * Whether text, after {@link spokenText}, has anything to say: a letter, a number or, where those were
 * left in, an emoji. Blank text and mere punctuation are no failure, and are not sent to a worker.
 */
export function isSpeakable(text: string): boolean {
  return /[\p{L}\p{N}\p{Emoji_Presentation}]/u.test(text);
}
