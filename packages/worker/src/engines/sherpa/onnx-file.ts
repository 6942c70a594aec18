import { type FileHandle, open } from 'node:fs/promises';

/** What a look at an ONNX file told. */
export type OnnxFileResult =
  | { readonly kind: 'ok'; readonly metadata: ReadonlyMap<string, string> }
  | { readonly kind: 'broken'; readonly problem: string };

/** Fields of ONNX's `ModelProto`. */
const FIELD_GRAPH = 7;
const FIELD_METADATA = 14;
const MAX_FIELDS = 100_000;
const MAX_METADATA_BYTES = 1024 * 1024;
const LENGTH_DELIMITED = 2;

/**
 * Looks at an ONNX model without loading it: whether it is one, and whether all of it is there. Its weights are
 * not read. Native code aborts the process over a broken one.
 */
export async function inspectOnnxFile(path: string): Promise<OnnxFileResult> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size === 0) return { kind: 'broken', problem: 'is empty' };
    return await walk(file, size);
  } finally {
    await file.close();
  }
}

async function walk(file: FileHandle, size: number): Promise<OnnxFileResult> {
  const metadata = new Map<string, string>();
  let hasGraph = false;
  let offset = 0;
  for (let fields = 0; offset < size; fields += 1) {
    const head = await readAt(file, offset, Math.min(64, size - offset));
    if (offset === 0) {
      const problem = problemOfStart(head);
      if (problem !== undefined) return { kind: 'broken', problem };
    }
    const field = readField(head);
    if (field === undefined || fields > MAX_FIELDS)
      return { kind: 'broken', problem: 'is not an ONNX model' };
    const end = offset + field.headBytes + field.bodyBytes;
    if (end > size) return { kind: 'broken', problem: `is cut off: it has ${size} bytes, but needs ${end}` };
    if (field.number === FIELD_GRAPH) hasGraph = true;
    if (field.number === FIELD_METADATA && field.bodyBytes <= MAX_METADATA_BYTES) {
      const [key, value] = readPair(await readAt(file, offset + field.headBytes, field.bodyBytes));
      metadata.set(key, value);
    }
    offset = end;
  }
  return hasGraph
    ? { kind: 'ok', metadata }
    : { kind: 'broken', problem: 'is an ONNX file without a model in it' };
}

function problemOfStart(head: Buffer): string | undefined {
  const text = head.toString('latin1');
  if (text.startsWith('version https://git-lfs'))
    return 'is a Git LFS pointer, not the model: fetch it with "git lfs pull"';
  if (/^\s*<(!doctype|html)/iu.test(text)) return 'is a web page, not the model: the download went wrong';
  return undefined;
}

interface Field {
  readonly number: number;
  readonly headBytes: number;
  readonly bodyBytes: number;
}

/** The protobuf field that begins here; `undefined` for what is none. */
function readField(bytes: Buffer): Field | undefined {
  const tag = readVarint(bytes, 0);
  if (tag === undefined) return undefined;
  const number = Math.floor(tag.value / 8);
  if (number < 1 || number > 100) return undefined;
  switch (tag.value % 8) {
    case 0: {
      const value = readVarint(bytes, tag.bytes);
      return value && { number, headBytes: tag.bytes + value.bytes, bodyBytes: 0 };
    }
    case LENGTH_DELIMITED: {
      const length = readVarint(bytes, tag.bytes);
      return length && { number, headBytes: tag.bytes + length.bytes, bodyBytes: length.value };
    }
    default:
      return undefined;
  }
}

function readPair(bytes: Buffer): readonly [string, string] {
  const texts = new Map<number, string>();
  for (let offset = 0; offset < bytes.length;) {
    const field = readField(bytes.subarray(offset));
    if (field === undefined) break;
    const start = offset + field.headBytes;
    texts.set(field.number, bytes.toString('utf8', start, start + field.bodyBytes));
    offset = start + field.bodyBytes;
  }
  return [texts.get(1) ?? '', texts.get(2) ?? ''];
}

function readVarint(
  bytes: Buffer,
  start: number,
): { readonly value: number; readonly bytes: number } | undefined {
  let value = 0;
  for (let count = 0; count < 10 && start + count < bytes.length; count += 1) {
    const byte = bytes.readUInt8(start + count);
    value += (byte & 0x7f) * 2 ** (7 * count);
    if (byte < 0x80) return { value, bytes: count + 1 };
  }
  return undefined;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
