import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BINARY_OPCODE, frameHeaderBytes, newFrame, TEXT_OPCODE } from './websocket-frame.ts';

/** Headers as RFC 6455, section 5.2 lays them out. */
const CASES = [
  { opcode: TEXT_OPCODE, payloadBytes: 0, header: [0x81, 0] },
  { opcode: TEXT_OPCODE, payloadBytes: 125, header: [0x81, 125] },
  { opcode: BINARY_OPCODE, payloadBytes: 126, header: [0x82, 126, 0, 126] },
  { opcode: BINARY_OPCODE, payloadBytes: 65_535, header: [0x82, 126, 0xff, 0xff] },
  { opcode: TEXT_OPCODE, payloadBytes: 65_536, header: [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0] },
];

for (const { opcode, payloadBytes, header } of CASES) {
  test(`a frame of ${payloadBytes} bytes with opcode ${opcode} has the header of the RFC`, () => {
    const frame = newFrame(opcode, payloadBytes);
    const headerBytes = frameHeaderBytes(payloadBytes);
    assert.deepEqual([...frame.subarray(0, headerBytes)], header);
    assert.equal(frame.byteLength, headerBytes + payloadBytes);
  });
}
