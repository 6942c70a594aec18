import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AsrError } from '../asr-error.ts';
import { downloadFile } from './download-file.ts';
import { cacheOf } from './find-model.ts';
import { isModelName, MANIFEST_NAME, type ModelManifest, parseManifest } from './model-manifest.ts';

/** How far a download is. */
export interface PullProgress {
  /** The file that is being downloaded, as in the manifest. */
  readonly path: string;
  /** Bytes of all files that are there, and bytes of all files. */
  readonly receivedBytes: number;
  readonly totalBytes: number;
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
}

/**
 * Downloads a model into the cache and checks size and SHA-256 of its files. What was begun goes on where it
 * stopped; the model appears in the cache only when all of it is there and right, instead of the former one.
 *
 * @returns the directory of the model
 * @throws AsrError `MODEL_INVALID` when it cannot be had, or is not what its manifest says
 */
export async function pullModel(options: PullModelOptions): Promise<string> {
  const { name, onProgress, signal, idleTimeoutMs = 30_000 } = options;
  if (!isModelName(name)) {
    throw new AsrError(
      'MODEL_INVALID',
      `${JSON.stringify(name)} is no name of a model, such as whisper-base.en.`,
    );
  }
  const base = `${options.baseUrl.replace(/\/+$/, '')}/${name}`;
  const manifest = await fetchManifest(`${base}/${MANIFEST_NAME}`, signal, idleTimeoutMs);
  const cache = cacheOf(options);
  const draft = join(cache, `.${name}.partial`);
  const totalBytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;
  for (const file of manifest.files) {
    await downloadFile({
      url: `${base}/${file.path.split('/').map(encodeURIComponent).join('/')}`,
      file,
      target: join(draft, file.path),
      idleTimeoutMs,
      onReceived: (bytes) => onProgress?.({ path: file.path, receivedBytes: doneBytes + bytes, totalBytes }),
      ...(signal !== undefined && { signal }),
    });
    doneBytes += file.size;
  }
  await writeFile(join(draft, MANIFEST_NAME), `${JSON.stringify(manifest, null, 2)}\n`);
  return replaceDirectory(draft, join(cache, name));
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
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AsrError('MODEL_INVALID', `The manifest ${url} cannot be had: ${why}.`, { cause });
  }
  return parseManifest(text, url);
}

/** There is no moment with half a model; with none at most, should the power go between the two renames. */
async function replaceDirectory(draft: string, target: string): Promise<string> {
  const old = `${target}.old`;
  await mkdir(join(target, '..'), { recursive: true });
  await rm(old, { recursive: true, force: true });
  await rename(target, old).catch(() => {});
  await rename(draft, target);
  await rm(old, { recursive: true, force: true });
  return target;
}
