import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { AsrError } from '../asr-error.ts';

/** How often a holder shows that it lives. */
const BEAT_MS = 5000;
/** A holder that has not shown itself for so long is gone, on whatever machine or in whatever container it was. */
const STALE_AFTER_MS = 60_000;

/**
 * Takes a lock file, so that one process at a time writes into a directory. The lock of a process that has died is
 * taken over. Whoever takes it disposes of it.
 *
 * @param what what is being done, for the message
 * @throws AsrError `MODEL_INVALID` when another process holds it
 */
export async function takePullLock(path: string, what: string): Promise<AsyncDisposable> {
  const own = `${process.pid} ${hostname()} ${crypto.randomUUID()}\n`;
  // Linked rather than written in place: a lock never lacks the name of its holder.
  const draft = `${path}.${process.pid}.${crypto.randomUUID()}`;
  await writeFile(draft, own);
  try {
    if (!(await claim(draft, path))) {
      await removeStale(path, what);
      if (!(await claim(draft, path))) throw heldBy(await holderOf(path), path, what);
    }
  } finally {
    await rm(draft, { force: true });
  }
  const beat = setInterval(() => {
    const now = new Date();
    // A lock that cannot be touched is at worst taken over; the SHA-256 still stands guard.
    utimes(path, now, now).catch(() => {});
  }, BEAT_MS);
  beat.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      if ((await holderOf(path)) === own) await rm(path, { force: true });
    },
  };
}

async function claim(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Moved away before it is removed, and moved back should it have become another's meanwhile. */
async function removeStale(path: string, what: string): Promise<void> {
  const holder = await holderOf(path);
  if (holder === undefined) return;
  if (!(await isStale(holder, path))) throw heldBy(holder, path, what);
  const aside = `${path}.${crypto.randomUUID()}`;
  await rename(path, aside).catch(() => {});
  if ((await holderOf(aside)) !== holder) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

async function isStale(holder: string, path: string): Promise<boolean> {
  const [pid, host] = holder.trim().split(' ');
  if (host === hostname() && !isAlive(Number(pid))) return true;
  const touched = await stat(path).catch(() => undefined);
  return touched === undefined || Date.now() - touched.mtimeMs > STALE_AFTER_MS;
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It lives, but is another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function holderOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

function heldBy(holder: string | undefined, path: string, what: string): AsrError {
  const [pid = '?', host = ''] = holder?.trim().split(' ') ?? [];
  const who = host === '' || host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  return new AsrError(
    'MODEL_INVALID',
    `${what} by ${who}; wait until it is done. Should it be gone, delete ${path}.`,
  );
}
