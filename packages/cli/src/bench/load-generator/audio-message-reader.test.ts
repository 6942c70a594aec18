import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AudioMessageReader, frameBytes } from './audio-message-reader.ts';

const pcmBytes = fc.uint8Array({ minLength: frameBytes, maxLength: frameBytes });
const sequences = fc.integer({ min: 1, max: 10_000_000 });

/** The same message as different servers write it. */
const layouts: Record<string, (pcm: string, sequence: number) => string> = {
  'pcm first': (pcm, sequence) => JSON.stringify({ type: 'audio', pcm, sample_rate: 48_000, sequence }),
  'sequence first': (pcm, sequence) => JSON.stringify({ type: 'audio', sequence, frame_ms: 20, pcm }),
  'with blanks': (pcm, sequence) => `{"type": "audio", "pcm": "${pcm}", "sequence": ${sequence}, "x": 1}`,
};

for (const [name, write] of Object.entries(layouts)) {
  test(`reads sequence and samples without parsing, whatever they are: ${name}`, () => {
    const reader = new AudioMessageReader();
    const taught = Buffer.alloc(frameBytes).toString('base64');
    reader.learn(Buffer.from(write(taught, 7)), { pcm: taught });
    fc.assert(
      fc.property(pcmBytes, sequences, (bytes, sequence) => {
        const pcm = Buffer.from(bytes);
        const data = Buffer.from(write(pcm.toString('base64'), sequence));
        assert.equal(reader.read(data), sequence);
        assert.equal(reader.firstSample(data), pcm.readUInt16LE(0));
        assert.equal(reader.lastSample(data), pcm.readUInt16LE(frameBytes - 2));
        assert.deepEqual(reader.pcm(data), pcm);
      }),
    );
  });
}

test('leaves what is no whole frame to be parsed', () => {
  const reader = new AudioMessageReader();
  const pcm = Buffer.alloc(frameBytes).toString('base64');
  assert.equal(reader.read(write(pcm, 1)), 0, 'before it has learnt a layout');
  reader.learn(write(pcm, 1), { pcm });
  assert.equal(reader.read(write(pcm, 2)), 2);
  assert.equal(reader.read(write(pcm.slice(4), 3)), 0, 'a frame that is too short');
  assert.equal(reader.read(write(`${pcm}AAAA`, 3)), 0, 'a frame that is too long');
  assert.equal(reader.read(Buffer.from('{"type":"error","code":"INTERNAL_ERROR"}')), 0);
});

function write(pcm: string, sequence: number): Buffer {
  return Buffer.from(JSON.stringify({ type: 'audio', pcm, sequence }));
}
