import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AsrError } from '../asr-error.ts';
import { fetchFailure } from './fetch-failure.ts';
import { hashFile } from './hash-file.ts';
import { makeDirectory } from './make-directory.ts';
import type { ModelFile } from './model-manifest.ts';

/** Options of {@link downloadFile}. */
export interface DownloadFileOptions {
  readonly url: string;
  readonly file: ModelFile;
  /** Path at which the file appears when it is whole and right; until then it is called `<target>.part`. */
  readonly target: string;
  /** Longest silence of the server, in ms. */
  readonly idleTimeoutMs: number;
  /** Called with all bytes of the file that are there, after every piece. */
  readonly onReceived: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/** The connection or the server failed; what came is kept, and another try goes on with it. */
export class BrokenDownloadError extends AsrError {
  constructor(url: string, why: string, options?: ErrorOptions) {
    super('MODEL_INVALID', `The file ${url} could not be downloaded: ${why}.`, options);
  }
}

/**
 * Downloads one file, from where an earlier download stopped if the server can do that.
 *
 * @throws BrokenDownloadError when another try may help
 * @throws AsrError `MODEL_INVALID` when it cannot be had or is not what the manifest says
 */
export async function downloadFile(options: DownloadFileOptions): Promise<void> {
  const { file, target, url, signal, onReceived } = options;
  const part = `${target}.part`;
  await makeDirectory(dirname(target));
  if ((await sizeOf(target)) === file.size && (await hashFile(target)) === file.sha256) {
    onReceived(file.size);
    return;
  }
  try {
    await receive(options, part);
  } catch (cause) {
    if (signal?.aborted === true) throw new AsrError('CANCELLED', 'the download was stopped', { cause });
    if (cause instanceof AsrError) throw cause;
    const why = fetchFailure(cause);
    // `fetch` throws this and nothing else when a connection fails or is cut.
    if (cause instanceof TypeError) throw new BrokenDownloadError(url, why, { cause });
    throw new AsrError('MODEL_INVALID', `The file ${url} could not be downloaded: ${why}.`, { cause });
  }
  const size = (await sizeOf(part)) ?? 0;
  if (size < file.size) {
    throw new BrokenDownloadError(url, `it ended after ${size} of ${file.size} bytes`);
  }
  if (size !== file.size || (await hashFile(part)) !== file.sha256) {
    // Going on with it would never make it right.
    await rm(part, { force: true });
    throw new AsrError('MODEL_INVALID', `The file ${url} is not what its manifest says (size or SHA-256).`);
  }
  await rename(part, target);
}

async function receive(
  { url, file, idleTimeoutMs, onReceived, signal }: DownloadFileOptions,
  part: string,
): Promise<void> {
  const had = (await sizeOf(part)) ?? 0;
  if (had >= file.size && file.size > 0) return;
  const idle = new AbortController();
  const stop = (): void => idle.abort(new BrokenDownloadError(url, `nothing came for ${idleTimeoutMs} ms`));
  let timer = setTimeout(stop, idleTimeoutMs);
  const all = AbortSignal.any([idle.signal, ...(signal ? [signal] : [])]);
  try {
    const response = await fetch(url, {
      signal: all,
      ...(had > 0 && { headers: { range: `bytes=${had}-` } }),
    });
    if (!response.ok || response.body === null) {
      const why = `the server answered ${response.status}`;
      throw isPassing(response.status) ? new BrokenDownloadError(url, why) : new Error(why);
    }
    // A server that does not know ranges begins anew.
    const resumes = response.status === 206;
    let received = resumes ? had : 0;
    await using handle = await open(part, resumes ? 'a' : 'w');
    // Piece by piece: a pipeline would drop what it has not yet written when the connection breaks.
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(stop, idleTimeoutMs);
      received += chunk.byteLength;
      if (received > file.size) throw new Error(`it is longer than ${file.size} bytes`);
      await handle.appendFile(chunk);
      onReceived(received);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the same request may be answered better a little later. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined;
  }
}
