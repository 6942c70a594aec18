import { numbersOf, RedisError, type RedisScript } from '@parley/worker-api';
import type { LeaseBookContext } from './lease-book-context.ts';
import { clearScript } from './lease-scripts.ts';

/**
 * Runs a script of leases as `RedisTime.run` does. Keys that somebody has overwritten with something else are cleared
 * first, each with a warning: one of them would keep the places of all workers from being counted. What was in them is
 * lost already; whoever holds a lease there enters it again with the next renewal.
 *
 * @throws RedisError
 */
export async function runLeaseScript(
  context: Pick<LeaseBookContext, 'link' | 'time' | 'clock' | 'logger' | 'bookKey'>,
  script: RedisScript,
  keys: readonly string[],
  args: readonly string[],
  timeoutMs: number,
): Promise<readonly number[]> {
  const { link, time, clock } = context;
  const giveUpAtMs = clock.nowMs() + timeoutMs;
  const leftMs = (): number => Math.max(1, giveUpAtMs - clock.nowMs());
  try {
    return await time.run(link, script, keys, args, timeoutMs);
  } catch (error) {
    if (!(error instanceof RedisError) || !isWrongType(error)) throw error;
  }
  await clearForeign(context, keys, leftMs());
  return time.run(link, script, keys, args, leftMs());
}

/** Before version 7 Redis tells errors of a script's own commands within one of its own. */
function isWrongType({ reply, message }: RedisError): boolean {
  return reply === 'WRONGTYPE' || (reply === 'ERR' && /\bWRONGTYPE\b/u.test(message));
}

async function clearForeign(
  { link, logger, bookKey }: Pick<LeaseBookContext, 'link' | 'logger' | 'bookKey'>,
  keys: readonly string[],
  timeoutMs: number,
): Promise<void> {
  const types = keys.map((key) => (key === bookKey ? 'string' : 'zset'));
  // Another orchestrator may have cleared them meanwhile: then it has told of them.
  for (const position of numbersOf(await link.script(clearScript, keys, types, { timeoutMs }))) {
    const key = keys[position - 1];
    logger.warn(
      { key },
      'a key of leases in redis held something else and was cleared; see that no other program writes it',
    );
  }
}
