import { withoutEntities, withoutTags } from './html.ts';

/**
 * Takes markdown's marks out of a segment and leaves what a reader would see. A segment may hold only one
 * end of a construct, so marks of emphasis also go where they have no partner, if they touch a word as
 * only emphasis does: `2 * 3`, `snake_case` and `5*` stay.
 */
export function withoutMarkdown(text: string): string {
  return withoutBlockMarks(text)
    .split(CODE_SPAN)
    .map((part, i) => (i % 2 === 0 ? withoutInlineMarks(part) : part))
    .join('');
}

/** One capture group, so that `split` leaves code at the odd places; what is inside is text as it is. */
const CODE_SPAN = /(?<!`)`{1,2}(?!`)([^`\n]+)`{1,2}(?!`)/;

const FENCE = /^[ \t]*(?:```|~~~)[^\n`]*(?:\n|$)/gm;
const RULE = /^[ \t]*(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|={3,}[ \t]*)(?:\n|$)/gm;
const TABLE_RULE = /^[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*(?:\n|$)/gm;
const TABLE_ROW = /^[ \t]*\|(.*)\|[ \t]*(\n|$)/gm;
/** Not before a number, as that may be a comparison. */
const QUOTE = /^[ \t]*(?:>[ \t]?)+(?![ \t]*\d)/gm;
const HEADING = /^([ \t]*)#{1,6}[ \t](.*)(\n|$)/gm;
const BULLET = /^([ \t]*)[-*+•][ \t]+(?:\[[ xX]\][ \t]+)?(.*)(\n|$)/gm;
const LINK_DEFINITION = /^[ \t]*\[[^\]\n]+\]:[ \t]+<?(?:https?:|mailto:|\/|#).*(?:\n|$)/gm;

function withoutBlockMarks(text: string): string {
  return text
    .replaceAll(FENCE, '')
    .replaceAll(RULE, '')
    .replaceAll(TABLE_RULE, '')
    .replaceAll(LINK_DEFINITION, '')
    .replaceAll(QUOTE, '')
    .replaceAll(TABLE_ROW, (_row, cells: string, end: string) => withPause('', joinCells(cells), end))
    .replaceAll(HEADING, (_line, indent: string, title: string, end: string) =>
      withPause(
        indent,
        title
          .trim()
          .replace(/(?<=[ \t])#+$/, '')
          .trim(),
        end,
      ),
    )
    .replaceAll(BULLET, (_line, indent: string, item: string, end: string) => withPause(indent, item, end));
}

function joinCells(cells: string): string {
  return cells
    .split('|')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
    .join(', ');
}

/** Headings and items mostly end without punctuation, but are not read in one breath with what follows. */
function withPause(indent: string, line: string, end: string): string {
  const isOpen = end !== '' && /[\p{L}\p{N}][*_`)\]"”»]*$/u.test(line);
  return `${indent}${line}${isOpen ? '.' : ''}${end}`;
}

/** Addresses may hold one level of parentheses, and may be followed by a title. */
const LINK_OR_IMAGE =
  /!?\[((?:(?<=!\[)[^\]]*|[^\][]+))\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+"[^"]*")?\)/g;
/** Not after a word, as in `table[0][1]`. */
const REFERENCE_LINK = /(?<![\p{L}\p{N}\])])!?\[([^\][]+)\]\[[^\]]*\]/gu;

function withoutInlineMarks(text: string): string {
  return withoutEntities(
    withoutTags(text)
      .replaceAll(/\[\^[^\]\s]+\]/g, '')
      .replaceAll(LINK_OR_IMAGE, '$1')
      .replaceAll(REFERENCE_LINK, '$1')
      .replaceAll(/<((?:https?|mailto):[^\s<>]+)>/g, '$1')
      .replaceAll(/(?<![\\\d])\*\*\*(?=\S)([^*]+?)(?<=\S)\*\*\*(?!\d)/g, '$1')
      .replaceAll(/(?<![\\\d])\*\*(?=\S)(.+?)(?<=\S)\*\*(?!\d)/gs, '$1')
      .replaceAll(/(?<![\\\w*])\*(?=[^\s*])([^*]+?)(?<=[^\s*\\])\*(?![\w*])/g, '$1')
      .replaceAll(/(?<![\\\p{L}\p{N}_])(_{1,3})(?=[^\s_])(.+?)(?<=[^\s_])\1(?![\p{L}\p{N}_])/gsu, '$2')
      .replaceAll(/~~(?=\S)(.+?)(?<=\S)~~/gs, '$1')
      .replaceAll(OPENING_MARK, '')
      .replaceAll(CLOSING_MARK, '')
      .replaceAll(MARK_IN_SPACELESS_SCRIPT, '')
      .replaceAll(/`+/g, '')
      .replaceAll(/\\([\\*_#[\]~>|])/g, '$1'),
  );
}

/** Emphasis whose other end is in another segment. */
const OPENING_MARK =
  /(?<![\\\p{L}\p{N}*_~])(?:\*{1,3}(?=\p{L}|["'“(])|\*{2,3}(?=\p{N})|_{1,3}(?=\p{Lu})|~~(?=\p{L}))/gu;
const CLOSING_MARK =
  /(?<=[\p{L}.!?…,:;"'”)])(?:\*{1,3}|~~)(?![\p{L}\p{N}*_~])|(?<=[.!?…"'”)])_{1,3}(?![\p{L}\p{N}_])|(?<=\p{N})\*{2,3}(?![\p{L}\p{N}*])/gu;

/** Chinese, Japanese and Korean words touch the mark on both sides. */
const MARK_IN_SPACELESS_SCRIPT =
  /(?<=[\u3041-\u9fff\uac00-\ud7a3])\*{2,3}|\*{2,3}(?=[\u3041-\u9fff\uac00-\ud7a3])/g;
