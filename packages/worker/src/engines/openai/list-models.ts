import { WorkerError } from '../../worker-error.ts';
import type { HttpExchange } from './http-exchange.ts';
import { fieldOf } from './json-field.ts';

const MODELS_TIMEOUT_MS = 10_000;
const MAX_MODELS = 1000;
const MAX_MODELS_BYTES = 4 * 1024 * 1024;

/** Asks a server for the ids of its models. @throws WorkerError when it has none, or why it does not tell */
export async function listModels(exchange: HttpExchange): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(MODELS_TIMEOUT_MS);
  const { pieces } = await exchange.send({ method: 'GET', path: '/models', signal });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    bytes += piece.length;
    if (bytes > MAX_MODELS_BYTES) break;
  }
  const ids = idsIn(Buffer.concat(parts).toString('utf8'));
  if (ids.length > 0) return ids.slice(0, MAX_MODELS);
  const message = `${exchange.server} lists no models under /models: name them with the option models=a,b`;
  throw new WorkerError('BAD_OPTIONS', message);
}

function idsIn(text: string): string[] {
  let list: unknown;
  try {
    list = fieldOf(JSON.parse(text), 'data');
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return list
    .map((entry) => fieldOf(entry, 'id'))
    .filter((id): id is string => typeof id === 'string' && id !== '');
}
