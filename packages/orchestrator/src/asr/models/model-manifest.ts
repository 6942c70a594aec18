import { AsrError } from '../asr-error.ts';

/** One file of a model. */
export interface ModelFile {
  /** Path below the model's directory, parts separated by `/`. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** 64 hexadecimal digits, lower case. */
  readonly sha256: string;
}

/** Everything that belongs to a model: what `manifest.json` holds. */
export interface ModelManifest {
  readonly files: readonly ModelFile[];
}

/** Name of the manifest beside the files of a model. */
export const MANIFEST_NAME: string = 'manifest.json';

const MODEL_NAME = /^[A-Za-z\d][\w.-]{0,99}$/;
const PATH_PART = /^(?!\.{1,2}$)[\w.+ -]+$/;
const MAX_FILES = 1000;

/** Whether a name of a model can be one of a directory, too. */
export function isModelName(name: string): boolean {
  return MODEL_NAME.test(name);
}

/**
 * Reads the text of a manifest. Paths that lead out of the model's directory are refused.
 *
 * @param source where the text comes from, for the message
 * @throws AsrError `MODEL_INVALID`
 */
export function parseManifest(text: string, source: string): ModelManifest {
  const fail = (reason: string): never => {
    const form = '{"files": [{"path", "size", "sha256"}]}';
    const message = `The manifest ${source} ${reason}; it must be ${form}, and every path stay inside the model's directory.`;
    throw new AsrError('MODEL_INVALID', message);
  };
  const files = filesOf(text);
  if (files === undefined || files.length === 0) return fail('lists no files');
  if (files.length > MAX_FILES) return fail(`lists more than ${MAX_FILES} files`);
  const checked = files.map(
    (file: unknown, index) => readFile(file) ?? fail(`has a bad entry ${index + 1}${pathIn(file)}`),
  );
  if (new Set(checked.map(({ path }) => path)).size < checked.length) return fail('lists a file twice');
  return { files: checked };
}

function filesOf(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('files' in value)) return undefined;
    return Array.isArray(value.files) ? value.files : undefined;
  } catch {
    return undefined;
  }
}

/** The path of an entry, for a message. */
function pathIn(value: unknown): string {
  const path: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'path') : undefined;
  return isText(path) ? ` (${JSON.stringify(path.slice(0, 100))})` : '';
}

function readFile(value: unknown): ModelFile | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entry = new Map<string, unknown>(Object.entries(value));
  const path = entry.get('path');
  const size = entry.get('size');
  const sha256 = entry.get('sha256');
  if (!isText(path) || !path.split('/').every((part) => PATH_PART.test(part))) return undefined;
  if (path === MANIFEST_NAME || !isWhole(size)) return undefined;
  if (!isText(sha256) || !/^[\da-f]{64}$/i.test(sha256)) return undefined;
  return { path, size, sha256: sha256.toLowerCase() };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
