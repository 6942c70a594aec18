import type { Clock } from '../../clock.ts';
import { WorkerError, type WorkerErrorCode } from '../../worker-error.ts';
import type { HttpExchange } from './http-exchange.ts';
import { fieldOf } from './json-field.ts';
import { SpeechServerError } from './speech-error.ts';

const MODELS_TIMEOUT_MS = 10_000;
const MAX_MODELS = 1000;
const MAX_MODELS_BYTES = 4 * 1024 * 1024;

const NAME_THEM = 'name the models with -O models=a,b';

/** Asks a server for the ids of its models. @throws WorkerError when it has none, or why it does not tell */
export async function listModels(exchange: HttpExchange, clock: Clock): Promise<readonly string[]> {
  const { server } = exchange;
  const late = new AbortController();
  const timer = clock.setTimer(MODELS_TIMEOUT_MS, () => late.abort());
  try {
    const ids = idsIn(await fetchList(exchange, late.signal));
    if (ids.length > 0) return ids.slice(0, MAX_MODELS);
  } catch (cause) {
    if (late.signal.aborted) {
      const message = `${server} did not answer /models within ${MODELS_TIMEOUT_MS / 1000} s; check url, or ${NAME_THEM}`;
      throw new WorkerError('ENGINE_TIMEOUT', message, { cause });
    }
    if (!(cause instanceof SpeechServerError)) throw cause;
    const { code } = cause;
    const message = `the models cannot be listed: ${cause.message}; ${adviceFor(code)}${NAME_THEM}`;
    throw new WorkerError(code, message, { cause });
  } finally {
    timer.cancel();
  }
  throw new WorkerError('BAD_OPTIONS', `${server} lists no models under /models: ${NAME_THEM}`);
}

async function fetchList(exchange: HttpExchange, signal: AbortSignal): Promise<string> {
  const { pieces } = await exchange.send({ method: 'GET', path: '/models', signal });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    parts.push(piece);
    bytes += piece.length;
    if (bytes > MAX_MODELS_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

function adviceFor(code: WorkerErrorCode): string {
  if (code === 'ENGINE_UNAVAILABLE') return 'see that the server runs and that url is right, or ';
  return code === 'ENGINE_TIMEOUT' ? 'check url, or ' : 'or ';
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
