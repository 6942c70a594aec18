/**
 * Address of one door of an OpenAI-shaped server: `path` is put behind the base address unless it stands there
 * already, so that both `https://host/v1` and `https://host/v1/chat/completions` may be configured.
 */
export function endpointUrl(url: string, path: string): string {
  const base = new URL(url);
  const prefix = base.pathname.replace(/\/+$/, '');
  if (!prefix.endsWith(path)) base.pathname = `${prefix}${path}`;
  return base.href;
}

/** Headers that carry a key; none without one. */
export function keyHeaders(apiKey: string | undefined): Readonly<Record<string, string>> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}
