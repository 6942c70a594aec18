/** A copy of an ONNX file whose metadata has other values; what it does not have is not added. */
export function withMetadata(onnx: Uint8Array, values: Readonly<Record<string, string>>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < onnx.length;) {
    const tag = varint(onnx, offset);
    const value = varint(onnx, tag.end);
    const end = tag.value % 8 === 2 ? value.end + value.value : value.end;
    const entry = onnx.subarray(value.end, end);
    const name = tag.value === METADATA_TAG ? nameOf(entry) : '';
    const changed = values[name];
    parts.push(changed === undefined ? onnx.subarray(offset, end) : entryOf(name, changed));
    offset = end;
  }
  return Buffer.concat(parts);
}

/** Field 14 of a ModelProto, with a length. */
const METADATA_TAG = 0x72;

function nameOf(entry: Uint8Array): string {
  const length = varint(entry, 1);
  return Buffer.from(entry.subarray(length.end, length.end + length.value)).toString();
}

function entryOf(name: string, value: string): Uint8Array {
  const [key, text] = [Buffer.from(name), Buffer.from(value)];
  const body = Buffer.concat([Buffer.from([0x0a, key.length]), key, Buffer.from([0x12, text.length]), text]);
  if (body.length > 127) throw new Error('too long for this helper');
  return Buffer.concat([Buffer.from([METADATA_TAG, body.length]), body]);
}

function varint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = start; ; index += 1) {
    const byte = bytes[index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (index - start));
    if (byte < 0x80) return { value, end: index + 1 };
  }
}
