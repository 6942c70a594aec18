/**
 * Whether someone who offers `offered` serves a request for `wanted`: equal tags, or one more exact than the
 * other (`en` and `en-US`, either way round). `en-GB` and `en-US` do not match. Case and `_` do not matter.
 */
export function languageMatches(wanted: string, offered: string): boolean {
  const want = normal(wanted);
  const offer = normal(offered);
  return want === offer || want.startsWith(`${offer}-`) || offer.startsWith(`${want}-`);
}

function normal(tag: string): string {
  return tag.replaceAll('_', '-').toLowerCase();
}
