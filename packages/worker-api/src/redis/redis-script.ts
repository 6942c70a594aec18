import { createHash } from 'node:crypto';

/** A Lua script, which Redis runs as one step. */
export interface RedisScript {
  /** Told in errors in place of `EVALSHA`. */
  readonly name: string;
  readonly source: string;
  /** SHA-1 of the source, by which Redis knows it after the first use. */
  readonly sha1: string;
}

/** Makes a script. */
export function defineScript(name: string, source: string): RedisScript {
  return { name, source, sha1: createHash('sha1').update(source).digest('hex') };
}
