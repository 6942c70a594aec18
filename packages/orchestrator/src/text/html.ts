/** Tags that text is marked up with; an unknown name, as in `List<String>`, is left alone. */
const NAMES =
  'a|abbr|b|blockquote|br|center|code|del|details|div|em|figcaption|figure|font|h[1-6]|hr|i|img|ins|kbd|li|' +
  'mark|ol|p|pre|q|s|samp|small|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var';
const ATTRIBUTE = `\\s+[\\w:.-]+\\s*=\\s*(?:"[^"]*"|'[^']*'|[^\\s"'=<>\`]+)`;
const TAG = new RegExp(`<(/?)(${NAMES})(?:${ATTRIBUTE})*\\s*/?>`, 'gi');
const BLOCK = /^(?:blockquote|br|div|h[1-6]|hr|li|ol|p|pre|table|td|th|tr|ul)$/i;

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&nbsp;': ' ',
};

/** Takes comments and known tags out; those that part paragraphs and cells leave a space behind. */
export function withoutTags(text: string): string {
  if (!text.includes('<')) return text;
  return text
    .replaceAll(/<!--[^]*?-->/g, '')
    .replaceAll(TAG, (_tag, _slash, name: string) => (BLOCK.test(name) ? ' ' : ''));
}

/** Replaces the entities that text in practice has by their characters. */
export function withoutEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(?:amp|lt|gt|quot|apos|nbsp|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}
