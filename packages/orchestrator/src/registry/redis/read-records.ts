import { listOf, textsOf, parseWorkerRecord, type RedisLink, type RedisReply } from '@parley/worker-api';
import type { Clock } from '../../session/ports/clock.ts';
import type { KnownWorker } from '../worker-registry.ts';

/** A record as it was found. */
export interface FoundRecord {
  readonly record: KnownWorker;
  /** The text it was read from; the same text is the same record. */
  readonly raw: string;
}

/** What a key holds. */
export type ReadResult =
  | { readonly kind: 'found'; readonly found: FoundRecord }
  | { readonly kind: 'bad'; readonly problem: string }
  | { readonly kind: 'absent' };

/** Keys that one command visits. */
const SCANNED_AT_ONCE = 1000;
/** Records that one command reads: their parsing must not hold audio up. */
const READ_AT_ONCE = 200;

/** All keys with this start, without holding Redis up. Keys that come or go meanwhile may be in it or not. */
export async function scanKeys(link: RedisLink, prefix: string, timeoutMs: number): Promise<Set<string>> {
  const keys = new Set<string>();
  const pattern = `${prefix.replaceAll(/[\\*?[\]^]/g, '\\$&')}*`;
  let cursor = '0';
  do {
    const args = ['SCAN', cursor, 'MATCH', pattern, 'COUNT', `${SCANNED_AT_ONCE}`];
    const [next, page] = listOf(await link.run(args, { timeoutMs }));
    for (const key of textsOf(page)) keys.add(key);
    cursor = typeof next === 'string' ? next : '0';
  } while (cursor !== '0');
  return keys;
}

/**
 * Reads the records under `keys`: JSON text, or a hash with the same fields. A record has the name of its key.
 *
 * A record's last heartbeat was now when its text is another than before: the clock of the worker may be wrong, and
 * that of others tells nothing about its life. One that is read for the first time has a whole time to live before it.
 *
 * @param known records as read before: one whose text has not changed is not parsed again
 */
export async function readRecords(
  link: RedisLink,
  prefix: string,
  keys: readonly string[],
  known: ReadonlyMap<string, FoundRecord>,
  timeoutMs: number,
  clock: Pick<Clock, 'nowMs' | 'wallMs'>,
): Promise<Map<string, ReadResult>> {
  const results = new Map<string, ReadResult>();
  for (let from = 0; from < keys.length; from += READ_AT_ONCE) {
    const batch = keys.slice(from, from + READ_AT_ONCE);
    const texts = listOf(await link.run(['MGET', ...batch], { timeoutMs }));
    const reading = batch.map(async (key, index) => {
      const name = key.slice(prefix.length);
      const text = texts[index];
      // What is not text is nothing to MGET: gone meanwhile, or of another type.
      const result = typeof text === 'string' ? text : await readHash(link, key, timeoutMs);
      results.set(name, typeof result === 'string' ? toRecord(name, result, known.get(name), clock) : result);
    });
    await Promise.all(reading);
  }
  return results;
}

async function readHash(link: RedisLink, key: string, timeoutMs: number): Promise<ReadResult | string> {
  // A key of any other type must not end all reading.
  const type = await link.run(['TYPE', key], { timeoutMs });
  if (type === 'none') return { kind: 'absent' };
  if (type !== 'hash')
    return {
      kind: 'bad',
      problem: `a worker record must be JSON text or a hash, not a ${textsOf([type])[0]}`,
    };
  const fields: RedisReply = await link.run(['HGETALL', key], { timeoutMs });
  return JSON.stringify(fields);
}

function toRecord(
  name: string,
  raw: string,
  known: FoundRecord | undefined,
  clock: Pick<Clock, 'nowMs' | 'wallMs'>,
): ReadResult {
  if (known?.raw === raw) return { kind: 'found', found: known };
  const fields = parseJson(raw);
  const named =
    typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? { ...fields, name } : fields;
  const result = parseWorkerRecord(named);
  if (result.kind !== 'ok') return { kind: 'bad', problem: result.problem };
  const { record } = result;
  const heard =
    record.last_heartbeat_ts === undefined
      ? record
      : { ...record, last_heartbeat_ts: clock.wallMs() / 1000, heardAtMs: clock.nowMs() };
  return { kind: 'found', found: { record: heard, raw } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
