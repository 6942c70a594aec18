/**
 * Replaces what stands between `<!-- name:begin -->` and `<!-- name:end -->`, so that measured parts of a page
 * can be written anew and the rest stays as people wrote it.
 *
 * @throws Error when the page has no such part
 */
export function replaceSection(page: string, name: string, content: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page has no part between "${begin}" and "${end}".`);
  return `${page.slice(0, from + begin.length)}\n${content.trim()}\n${page.slice(to)}`;
}
