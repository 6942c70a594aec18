import { CliError } from '../cli-error.ts';

/** Where `parley start` answers HTTP unless told otherwise. */
export const DEFAULT_HTTP_URL: string = 'http://127.0.0.1:8080';

const TIMEOUT_MS = 10_000;
/** A model may take long to load; the server answers after 45 s at the latest. */
const ACTION_TIMEOUT_MS = 60_000;

/** What a server answered. */
export interface ApiAnswer {
  readonly status: number;
  /** Decoded JSON. */
  readonly body: unknown;
}

/**
 * Asks the HTTP side of a server.
 *
 * @param url of the server: `http://host:port`; `ws(s)://` and a bare `host:port` are taken too
 * @throws CliError `USAGE`, `UNREACHABLE`, `NOT_PARLEY`
 */
export async function askServer(
  url: string,
  path: string,
  method: 'GET' | 'POST' = 'GET',
): Promise<ApiAnswer> {
  const base = baseOf(url);
  let response: Response;
  try {
    const timeoutMs = method === 'GET' ? TIMEOUT_MS : ACTION_TIMEOUT_MS;
    response = await fetch(`${base}${path}`, { method, signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw new CliError('UNREACHABLE', `No server answers at ${base}.`, {
      cause,
      advice: 'Start one with "parley start", or say where it is with --url.',
    });
  }
  try {
    return { status: response.status, body: await response.json() };
  } catch (cause) {
    throw new CliError('NOT_PARLEY', `What answers at ${base} is not Parley.`, { cause });
  }
}

/** The message of a refusal `{"error":{"message":…}}`, if it is one. */
export function refusalIn(body: unknown): string | undefined {
  const message = fieldOf(fieldOf(body, 'error'), 'message');
  return typeof message === 'string' ? message : undefined;
}

/** A field of a decoded JSON object; `undefined` where there is none. */
export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined;
}

function baseOf(text: string): string {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//iu.test(text) ? text : `http://${text}`);
  const protocol = url === null ? undefined : protocols.get(url.protocol);
  if (url === null || protocol === undefined || url.hostname === '') {
    throw new CliError('USAGE', `"${text}" is not the address of a server.`, {
      advice: `Give --url as ${DEFAULT_HTTP_URL}.`,
    });
  }
  return `${protocol}//${url.host}`;
}

const protocols: ReadonlyMap<string, string> = new Map([
  ['http:', 'http:'],
  ['https:', 'https:'],
  ['ws:', 'http:'],
  ['wss:', 'https:'],
]);
