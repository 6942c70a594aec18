import { randomUUID } from 'node:crypto';
import { defineScript, RedisError, type RedisLink, type RedisScript } from '@parley/worker-api';
import type { Clock } from '../../session/ports/clock.ts';
import type { LoadLock, LoadPermit } from '../load-lock.ts';
import { MemoryLoadLock } from '../memory-load-lock.ts';

/** Options of {@link RedisLoadLock}. */
export interface RedisLoadLockOptions {
  /** Not closed by the lock. */
  readonly link: RedisLink;
  readonly clock: Clock;
  /** Start of the keys; `load-lock:` by default, followed by the worker's name. */
  readonly keyPrefix?: string;
  /** Longest wait for an answer, in ms; 250 by default. */
  readonly timeoutMs?: number;
}

/** KEYS: lock. ARGV: token of whoever lets go. */
const unlockScript: RedisScript = defineScript(
  'release_load_lock',
  `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
);

/**
 * The lock of all orchestrators of a Redis. Without Redis each orchestrator keeps its own: two may then load on
 * one worker at a time, which costs time and nothing else.
 */
export class RedisLoadLock implements LoadLock {
  readonly #options: RedisLoadLockOptions;
  readonly #own: MemoryLoadLock;

  constructor(options: RedisLoadLockOptions) {
    this.#options = options;
    this.#own = new MemoryLoadLock(options.clock);
  }

  async tryAcquire(workerName: string, holdMs: number): Promise<LoadPermit | undefined> {
    const { link, keyPrefix = 'load-lock:', timeoutMs = 250 } = this.#options;
    const own = await this.#own.tryAcquire(workerName, holdMs);
    if (own === undefined) return undefined;
    const key = `${keyPrefix}${workerName}`;
    const token = randomUUID();
    const unlock = async (): Promise<void> => {
      await own.release();
      // What cannot be given back runs out.
      await link.script(unlockScript, [key], [token], { timeoutMs }).catch(() => undefined);
    };
    try {
      const taken = await link.run(['SET', key, token, 'NX', 'PX', `${Math.ceil(holdMs)}`], { timeoutMs });
      if (taken === 'OK') return { release: unlock };
    } catch (error) {
      if (error instanceof RedisError) return { release: unlock };
      await own.release();
      throw error;
    }
    await own.release();
    return undefined;
  }
}
