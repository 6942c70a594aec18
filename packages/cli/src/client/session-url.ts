import { CliError } from '../cli-error.ts';

/** Where a session speaks, and with what. */
export interface SessionAddress {
  /** `ws://host:port`; `wss://` and `http(s)://` are taken too, and a bare `host:port`. */
  readonly url: string;
  readonly voice?: string;
  /** BCP 47 language tag. */
  readonly language?: string;
  readonly modelId?: string;
}

/** Where `parley start` listens unless told otherwise. */
export const DEFAULT_SERVER_URL: string = 'ws://127.0.0.1:8080';

/**
 * The WebSocket URL of a session. The base dialect has no message for voice, language and model: they go
 * into the query.
 *
 * @throws CliError `USAGE` when the URL is none
 */
export function sessionUrl(address: SessionAddress): URL {
  const url = parseUrl(address.url);
  const settings = { voice: address.voice, language: address.language, model_id: address.modelId };
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

/** The server in a URL, without path and query (which may hold secrets): `ws://127.0.0.1:8080`. */
export function serverName(url: URL): string {
  return `${url.protocol}//${url.host}`;
}

function parseUrl(text: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//iu.test(text) ? text : `ws://${text}`);
  const protocol = url === null ? undefined : webSocketProtocols.get(url.protocol);
  if (url === null || protocol === undefined || url.hostname === '') {
    throw new CliError('USAGE', `"${text}" is not the address of a server.`, {
      advice: `Give --url as ${DEFAULT_SERVER_URL} or wss://voice.example.com.`,
    });
  }
  url.protocol = protocol;
  url.hash = '';
  return url;
}

const webSocketProtocols: ReadonlyMap<string, string> = new Map([
  ['ws:', 'ws:'],
  ['wss:', 'wss:'],
  ['http:', 'ws:'],
  ['https:', 'wss:'],
]);
