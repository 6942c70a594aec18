import { RedisError } from './redis-error.ts';

/** Where Redis is and how to log in, read from its address. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database, when the address names one. */
  readonly db?: number;
}

const DEFAULT_PORT = 6379;

/**
 * Reads `redis[s]://[[user][:password]@]host[:port][/db]`; special characters of user and password are
 * percent-encoded.
 *
 * @throws RedisError `REDIS_URL_INVALID`; the message does not repeat the address, which may hold a password
 */
export function parseRedisAddress(url: string): RedisAddress {
  const parsed = URL.parse(url);
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw invalid('it must have the form redis://user:password@host:6379/0, or rediss:// for TLS');
  }
  const db = parsed.pathname.replace(/^\//, '');
  if (!/^\d*$/.test(db)) throw invalid('what follows the host must be the number of a database, as in /0');
  const username = decode(parsed.username);
  const password = decode(parsed.password);
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    tls: parsed.protocol === 'rediss:',
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(db !== '' && { db: Number(db) }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('special characters of user and password must be percent-encoded');
  }
}

function invalid(problem: string): RedisError {
  return new RedisError('REDIS_URL_INVALID', `The address of Redis cannot be read: ${problem}.`);
}
