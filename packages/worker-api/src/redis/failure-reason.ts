const byCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
  ETIMEDOUT: 'no answer while connecting',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'host name unknown',
  EAI_AGAIN: 'host name cannot be looked up now',
};

/**
 * Says in a few words, fit for `/health`, why Redis failed.
 *
 * @param secret the password: Redis may repeat it in an error, and it must not get into a log
 */
export function failureReason(error: unknown, secret: string | undefined): string {
  const { code, message } = readError(error);
  const known = byCode[code];
  if (known !== undefined) return known;
  if (/^(WRONGPASS|NOAUTH)|invalid password/i.test(message)) {
    return 'login refused: check user and password in the address of Redis';
  }
  if (/CERT|TLS|SSL|SELF_SIGNED/.test(code)) return `TLS failed (${code})`;
  if (message.startsWith('Socket closed unexpectedly')) return 'connection lost';
  if (message.startsWith('Connection timeout')) return 'no answer while connecting';
  // An old Redis repeats the arguments of a command it does not know, and the login is one.
  if (/^ERR unknown command/i.test(message)) return 'too old: Redis 6 or later is needed';
  const text = message === '' ? 'unknown failure' : message;
  return secret === undefined ? text : text.replaceAll(secret, '***');
}

function readError(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  // One error per address of a name is gathered into one.
  if (error instanceof AggregateError && error.errors.length > 0) return readError(error.errors[0]);
  const code: unknown = Reflect.get(error, 'code');
  return { code: typeof code === 'string' ? code : '', message: error.message };
}
