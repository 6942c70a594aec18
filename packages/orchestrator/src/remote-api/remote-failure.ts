/** A failed request to a server, and whether another try may help. */
export class RemoteFailure extends Error {
  override readonly name = 'RemoteFailure';
  readonly isRetryable: boolean;
  /** How long the server asks to wait before another try, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, isRetryable: boolean, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options);
    this.isRetryable = isRetryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const RETRYABLE_STATUS: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);
const MAX_DETAIL = 300;
const MAX_BODY_BYTES = 64 * 1024;

/** The failure that an HTTP answer other than 2xx means; reads the reason from its body. */
export async function failureOf(response: Response, host: string): Promise<RemoteFailure> {
  const { status } = response;
  const detail = reasonIn(await beginningOf(response));
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new RemoteFailure(
    `${host} answered ${status}${detail === '' ? '' : `: ${detail}`}`,
    RETRYABLE_STATUS.has(status),
    retryAfter >= 0 ? { retryAfterMs: retryAfter * 1000 } : {},
  );
}

/** The failure that a broken connection means. */
export function connectionFailure(cause: unknown, host: string): RemoteFailure {
  if (cause instanceof RemoteFailure) return cause;
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why = inner instanceof Error ? inner.message : String(inner);
  return new RemoteFailure(`the connection to ${host} failed: ${why}`, true, { cause });
}

/** The message of an error body or event in OpenAI's form, otherwise the beginning of the text. */
export function reasonIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    const error = valueOf(value, 'error') ?? value;
    const message = typeof error === 'string' ? error : valueOf(error, 'message');
    if (typeof message === 'string') return message.slice(0, MAX_DETAIL);
  } catch {
    // Not JSON: the text itself says most.
  }
  return text.slice(0, MAX_DETAIL).replace(/\s+/g, ' ').trim();
}

/** A property of what may be an object. */
export function valueOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, name) ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
}

async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      text += decoder.decode(chunk, { stream: true });
      if (bytes >= MAX_BODY_BYTES) break;
    }
  } catch {
    // The status alone must do.
  }
  return text;
}
