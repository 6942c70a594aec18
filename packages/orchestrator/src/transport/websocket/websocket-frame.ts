/** Opcode of a text message (RFC 6455, section 5.2). */
export const TEXT_OPCODE = 1;
/** Opcode of a binary message (RFC 6455, section 5.2). */
export const BINARY_OPCODE = 2;

const FINAL = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MAX_LENGTH_16 = 0xffff;

/** Bytes before a payload of this many bytes in an unmasked frame: 2, 4 or 10. */
export function frameHeaderBytes(payloadBytes: number): number {
  if (payloadBytes < LENGTH_16) return 2;
  return payloadBytes <= MAX_LENGTH_16 ? 4 : 10;
}

/**
 * A new buffer for a whole server-to-client frame: final, unmasked, its header written and the payload left to
 * the caller, from {@link frameHeaderBytes} on. Header and payload in one buffer reach the socket in one write.
 */
export function newFrame(opcode: number, payloadBytes: number): Buffer {
  const headerBytes = frameHeaderBytes(payloadBytes);
  const frame = Buffer.allocUnsafe(headerBytes + payloadBytes);
  frame[0] = FINAL | opcode;
  if (headerBytes === 2) {
    frame[1] = payloadBytes;
  } else if (headerBytes === 4) {
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(payloadBytes, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeUInt32BE(Math.floor(payloadBytes / 2 ** 32), 2);
    frame.writeUInt32BE(payloadBytes >>> 0, 6);
  }
  return frame;
}
