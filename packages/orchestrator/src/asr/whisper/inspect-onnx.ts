import { open, type FileHandle } from 'node:fs/promises';
import { AsrError } from '../asr-error.ts';

/** What the outside of an ONNX file tells. */
export interface OnnxFacts {
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** What the exporter noted, by name. */
  readonly metadata: ReadonlyMap<string, string>;
}

// Numbers of the fields of a ModelProto and of the entries of its metadata (onnx.proto3).
const IR_VERSION = 1;
const GRAPH = 7;
const METADATA = 14;
const LAST_KNOWN_FIELD = 26;
const VARINT = 0;
const BYTES = 2;
const HEADER_BYTES = 20;
const MAX_METADATA_BYTES = 1 << 20;

/**
 * Walks over the outermost fields of an ONNX file without reading what is in them: finds files that are cut off,
 * empty or of another kind, which would abort the process that loads them.
 *
 * @throws AsrError `MODEL_INVALID` that names the file and the reason
 */
export async function inspectOnnx(path: string): Promise<OnnxFacts> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    if (size === 0) throw invalid(path, 'is empty');
    return { bytes: size, metadata: await readFields(file, path, size) };
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AsrError('MODEL_INVALID', `The model file ${path} cannot be read: ${why}.`, { cause });
  }
}

async function readFields(file: FileHandle, path: string, size: number): Promise<Map<string, string>> {
  const metadata = new Map<string, string>();
  let hasVersion = false;
  let graphBytes = 0;
  for (let offset = 0; offset < size;) {
    const header = await readAt(file, offset, Math.min(HEADER_BYTES, size - offset));
    const tag = readVarint(header, 0);
    const value = tag === undefined ? undefined : readVarint(header, tag.end);
    const field = tag === undefined ? 0 : Math.floor(tag.value / 8);
    const wireType = tag === undefined ? -1 : tag.value % 8;
    const isKnown = field >= 1 && field <= LAST_KNOWN_FIELD && (wireType === VARINT || wireType === BYTES);
    if (value === undefined || !isKnown) throw invalid(path, await describeStrange(file, offset, size));
    const start = offset + value.end;
    offset = wireType === BYTES ? start + value.value : start;
    if (offset > size) {
      throw invalid(path, `is cut off: it should have at least ${offset} bytes, but has ${size}`);
    }
    if (field === IR_VERSION) hasVersion = true;
    if (field === GRAPH) graphBytes = value.value;
    if (field === METADATA && value.value <= MAX_METADATA_BYTES) {
      addEntry(metadata, await readAt(file, start, value.value));
    }
  }
  if (!hasVersion || graphBytes === 0) throw invalid(path, 'holds no network; it must be an ONNX model');
  return metadata;
}

/** Reads `key` (field 1) and `value` (field 2) of a metadata entry. */
function addEntry(metadata: Map<string, string>, bytes: Uint8Array): void {
  const parts: string[] = ['', ''];
  for (let offset = 0; offset < bytes.length;) {
    const tag = readVarint(bytes, offset);
    const length = tag === undefined ? undefined : readVarint(bytes, tag.end);
    if (tag === undefined || length === undefined || tag.value % 8 !== BYTES) return;
    offset = length.end + length.value;
    parts[Math.floor(tag.value / 8) - 1] = Buffer.from(bytes.subarray(length.end, offset)).toString('utf8');
  }
  const [key = '', value = ''] = parts;
  metadata.set(key, value);
}

async function describeStrange(file: FileHandle, offset: number, size: number): Promise<string> {
  const beginning = Buffer.from(await readAt(file, 0, Math.min(64, size))).toString('latin1');
  if (beginning.startsWith('version https://git-lfs')) {
    return 'is only a pointer of Git LFS; download the file itself';
  }
  if (/^\s*<(!doctype|html|\?xml)/i.test(beginning)) return 'is a web page; download the file itself';
  return `is broken or no ONNX model: what stands at byte ${offset} cannot be`;
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let index = start; index < bytes.length && index < start + 10; index += 1) {
    const byte = bytes[index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (index - start));
    if (byte < 0x80) return { value, end: index + 1 };
  }
  return undefined;
}

function invalid(path: string, reason: string): AsrError {
  return new AsrError('MODEL_INVALID', `The model file ${path} ${reason}.`);
}
