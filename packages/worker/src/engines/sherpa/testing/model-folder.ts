import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** Makes a folder with these files, removed at the end of the test. Returns its path. */
export function makeFolder(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
  name = 'voice',
): string {
  const root = mkdtempSync(join(tmpdir(), 'parley-model-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return join(root, name);
}

/** The bytes of an ONNX file without weights, whole in form: version, graph, metadata. */
export function onnxBytes(metadata: Readonly<Record<string, string>> = {}): Buffer {
  const pairs = Object.entries(metadata).map(([key, value]) =>
    field(14, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))])),
  );
  return Buffer.concat([Buffer.from([8, 8]), field(7, Buffer.alloc(300, 1)), ...pairs]);
}

/** The files that espeak-ng needs. */
export const espeakData: Readonly<Record<string, string>> = {
  'espeak-ng-data/phontab': 'x',
  'espeak-ng-data/phonindex': 'x',
  'espeak-ng-data/phondata': 'x',
  'espeak-ng-data/intonations': 'x',
};

/** The files of a Piper voice. */
export function piperFiles(config?: object): Record<string, string | Uint8Array> {
  return {
    'en_US-amy.onnx': onnxBytes(),
    'tokens.txt': 'a 1\n',
    ...espeakData,
    ...(config !== undefined && { 'en_US-amy.onnx.json': JSON.stringify(config) }),
  };
}

function field(number: number, body: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
