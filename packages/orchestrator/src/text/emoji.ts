/**
 * One emoji: a keycap, a flag, or a picture with its skin tone, presentation and tags, joined to others.
 * Signs that are text unless U+FE0F says otherwise (©, ®, ™, ‼, ↔ and the like) count only with it.
 */
const PICTURE =
  '(?:[\\p{Emoji}--[0-9#*]]\\uFE0F|[\\p{Emoji_Presentation}--\\p{RI}]|[\\p{Extended_Pictographic}--[©®\\u2000-\\u22FF\\u2900-\\u297F\\u3000-\\u32FF]])' +
  '\\p{Emoji_Modifier}?[\\u{E0020}-\\u{E007F}]*';
const EMOJI = `(?:[0-9#*]\\uFE0F?\\u20E3|\\p{RI}{1,2}|${PICTURE}(?:\\u200D${PICTURE})*)`;
const EMOJI_RUN = new RegExp(`[ \\t]*${EMOJI}(?:[ \\t\\u200D\\uFE0F]*${EMOJI})*\\uFE0F?[ \\t]*`, 'gv');
const WORD_CHARACTER = /[\p{L}\p{N}]/u;

/** Takes emoji out, and closes the gaps they leave without joining the words on both sides. */
export function withoutEmoji(text: string): string {
  return text.replace(EMOJI_RUN, (run: string, offset: number) => {
    const before = text.charAt(offset - 1);
    const after = text.charAt(offset + run.length);
    if (before === '' || before === '\n') return '';
    const hadSpace = /^[ \t]|[ \t]$/.test(run);
    const isBetweenWords = WORD_CHARACTER.test(before) && WORD_CHARACTER.test(after);
    if (isBetweenWords) return ' ';
    return hadSpace && after !== '' && !/[\s.,!?;:…)\]]/.test(after) ? ' ' : '';
  });
}
