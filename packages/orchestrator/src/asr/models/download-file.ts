import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AsrError } from '../asr-error.ts';
import { hashFile } from './hash-file.ts';
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

/**
 * Downloads one file, from where an earlier download stopped if the server can do that.
 *
 * @throws AsrError `MODEL_INVALID` when it cannot be had or is not what the manifest says
 */
export async function downloadFile(options: DownloadFileOptions): Promise<void> {
  const { file, target, url, signal, onReceived } = options;
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  if ((await sizeOf(target)) === file.size && (await hashFile(target)) === file.sha256) {
    onReceived(file.size);
    return;
  }
  try {
    await receive(options, part);
  } catch (cause) {
    if (signal?.aborted === true) throw new AsrError('CANCELLED', 'the download was stopped', { cause });
    if (cause instanceof AsrError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AsrError('MODEL_INVALID', `The file ${url} could not be downloaded: ${why}.`, { cause });
  }
  const size = (await sizeOf(part)) ?? 0;
  if (size < file.size) {
    throw new AsrError(
      'MODEL_INVALID',
      `The file ${url} ended after ${size} of ${file.size} bytes; try again.`,
    );
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
  const stop = (): void => idle.abort(new Error(`nothing came for ${idleTimeoutMs} ms`));
  let timer = setTimeout(stop, idleTimeoutMs);
  const all = AbortSignal.any([idle.signal, ...(signal ? [signal] : [])]);
  try {
    const response = await fetch(url, {
      signal: all,
      ...(had > 0 && { headers: { range: `bytes=${had}-` } }),
    });
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    // A server that does not know ranges begins anew.
    const resumes = response.status === 206;
    let received = resumes ? had : 0;
    const count = new Transform({
      transform(chunk: Uint8Array, _encoding, done): void {
        received += chunk.byteLength;
        clearTimeout(timer);
        timer = setTimeout(stop, idleTimeoutMs);
        onReceived(received);
        done(received > file.size ? new Error(`it is longer than ${file.size} bytes`) : null, chunk);
      },
    });
    await pipeline(
      Readable.fromWeb(response.body),
      count,
      createWriteStream(part, { flags: resumes ? 'a' : 'w' }),
      {
        signal: all,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined;
  }
}
