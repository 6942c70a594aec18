import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AsrError } from '../asr-error.ts';
import { BrokenDownloadError, downloadFile, type DownloadFileOptions } from './download-file.ts';
import { fetchFailure } from './fetch-failure.ts';
import { cacheOf } from './find-model.ts';
import { hashFile } from './hash-file.ts';
import { makeDirectory } from './make-directory.ts';
import { isModelName, MANIFEST_NAME, type ModelManifest, parseManifest } from './model-manifest.ts';
import { takePullLock } from './pull-lock.ts';

/** How far a download is. */
export interface PullProgress {
  /** The file that is being downloaded, as in the manifest. */
  readonly path: string;
  /** Bytes of all files that are there, and bytes of all files. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** What {@link pullModel} did. */
export interface PulledModel {
  readonly directory: string;
  /** The model was there already, with every file as the manifest says; none was downloaded. */
  readonly wasThere: boolean;
}

/** A try that is about to be made again. */
export interface PullRetry {
  /** What went wrong. */
  readonly reason: string;
  /** In so many ms. */
  readonly delayMs: number;
}

/** Options of {@link pullModel}. */
export interface PullModelOptions {
  /** Such as `whisper-base.en`. */
  readonly name: string;
  /** Where models come from: `<baseUrl>/<name>/manifest.json` and the files beside it. */
  readonly baseUrl: string;
  /** Where models are kept. Default `~/.cache/parley/models`. */
  readonly cacheDirectory?: string;
  /** Called after every piece that came. */
  readonly onProgress?: (progress: PullProgress) => void;
  /** Stops the download; what came is kept for the next time. */
  readonly signal?: AbortSignal;
  /** Longest silence of the server, in ms. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Before each further try of a file whose download broke off, in ms. Default 1, 2, 4 and 8 seconds. */
  readonly retryDelaysMs?: readonly number[];
  /** Called before each of them. */
  readonly onRetry?: (retry: PullRetry) => void;
}

const RETRY_DELAYS_MS: readonly number[] = [1000, 2000, 4000, 8000];

/**
 * Downloads a model into the cache and checks size and SHA-256 of its files, unless it is there and right. What was
 * begun goes on where it stopped; the model appears in the cache only when all of it is there and right, instead of
 * the former one. One process at a time does that for a model.
 *
 * @throws AsrError `MODEL_INVALID` when it cannot be had, is not what its manifest says or is being pulled by another
 */
export async function pullModel(options: PullModelOptions): Promise<PulledModel> {
  const { name, signal, idleTimeoutMs = 30_000 } = options;
  if (!isModelName(name)) {
    throw new AsrError(
      'MODEL_INVALID',
      `${JSON.stringify(name)} is no name of a model, such as whisper-base.en.`,
    );
  }
  const cache = cacheOf(options);
  const directory = join(cache, name);
  const base = `${options.baseUrl.replace(/\/+$/, '')}/${name}`;
  const manifest = await fetchManifest(`${base}/${MANIFEST_NAME}`, signal, idleTimeoutMs);
  if (await isComplete(directory, manifest)) return { directory, wasThere: true };
  await makeCache(cache);
  await using _lock = await takePullLock(
    join(cache, `.${name}.lock`),
    `The model ${name} is being pulled into ${cache}`,
  );
  // Another may have pulled it between the look and the lock.
  if (await isComplete(directory, manifest)) return { directory, wasThere: true };
  const draft = join(cache, `.${name}.partial`);
  await downloadFiles(manifest, base, draft, { ...options, idleTimeoutMs });
  await writeFile(join(draft, MANIFEST_NAME), `${JSON.stringify(manifest, null, 2)}\n`);
  await replaceDirectory(draft, directory);
  return { directory, wasThere: false };
}

async function isComplete(directory: string, { files }: ModelManifest): Promise<boolean> {
  for (const { path, size, sha256 } of files) {
    const file = join(directory, path);
    const found = await stat(file).catch(() => undefined);
    if (found?.size !== size || (await hashFile(file).catch(() => '')) !== sha256) return false;
  }
  return true;
}

async function makeCache(cache: string): Promise<void> {
  try {
    await makeDirectory(cache);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const advice = 'set asr.cache_dir (ASR_CACHE_DIR) to a directory that can be written';
    throw new AsrError(
      'MODEL_INVALID',
      `The directory ${cache} for models cannot be made: ${why}; ${advice}.`,
      {
        cause,
      },
    );
  }
}

async function downloadFiles(
  { files }: ModelManifest,
  base: string,
  draft: string,
  options: PullModelOptions & { readonly idleTimeoutMs: number },
): Promise<void> {
  const { onProgress, signal, idleTimeoutMs } = options;
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;
  for (const file of files) {
    const download: DownloadFileOptions = {
      url: `${base}/${file.path.split('/').map(encodeURIComponent).join('/')}`,
      file,
      target: join(draft, file.path),
      idleTimeoutMs,
      onReceived: (bytes) => onProgress?.({ path: file.path, receivedBytes: doneBytes + bytes, totalBytes }),
      ...(signal !== undefined && { signal }),
    };
    await downloadPatiently(download, options);
    doneBytes += file.size;
  }
}

async function downloadPatiently(
  download: DownloadFileOptions,
  { retryDelaysMs = RETRY_DELAYS_MS, onRetry, signal }: PullModelOptions,
): Promise<void> {
  const delaysMs = retryDelaysMs.values();
  for (;;) {
    try {
      return await downloadFile(download);
    } catch (cause) {
      if (!(cause instanceof BrokenDownloadError)) throw cause;
      const next = delaysMs.next();
      if (next.done === true) {
        const advice = 'What came is kept: pull it again, and it goes on where it stopped.';
        throw new AsrError('MODEL_INVALID', `${cause.message} ${advice}`, { cause });
      }
      onRetry?.({ reason: cause.message, delayMs: next.value });
      await sleep(next.value, undefined, signal === undefined ? {} : { signal }).catch((stopped: unknown) => {
        throw new AsrError('CANCELLED', 'the download was stopped', { cause: stopped });
      });
    }
  }
}

async function fetchManifest(
  url: string,
  signal: AbortSignal | undefined,
  timeoutMs: number,
): Promise<ModelManifest> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let text: string;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([timeout, ...(signal ? [signal] : [])]) });
    text = await response.text();
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
  } catch (cause) {
    if (signal?.aborted === true) throw new AsrError('CANCELLED', 'the download was stopped', { cause });
    const why = fetchFailure(cause);
    throw new AsrError('MODEL_INVALID', `The manifest ${url} cannot be had: ${why}.`, { cause });
  }
  return parseManifest(text, url);
}

/** There is no moment with half a model; with none at most, should the power go between the two renames. */
async function replaceDirectory(draft: string, target: string): Promise<void> {
  const old = `${target}.old`;
  await rm(old, { recursive: true, force: true });
  await rename(target, old).catch(() => {});
  await rename(draft, target);
  await rm(old, { recursive: true, force: true });
}
