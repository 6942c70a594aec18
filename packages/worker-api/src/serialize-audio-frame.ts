import { AudioFrame } from './generated/tts.ts';

/** Largest value of a varint that is written here; the generated code writes all others. */
const MAX_FAST_INT = 0x7fff_ffff;

/**
 * Writes a frame as protobuf: the same bytes as the generated code, several times faster, as it measures
 * first and writes once. A worker sends fifty frames a second for every session.
 */
export function serializeAudioFrame(frame: AudioFrame): Buffer {
  if (!isPlain(frame)) return Buffer.from(AudioFrame.encode(frame).finish());
  const { sessionId, audioData } = frame;
  const idBytes = Buffer.byteLength(sessionId);
  const size =
    (idBytes > 0 ? 1 + varintSize(idBytes) + idBytes : 0) +
    (audioData.length > 0 ? 1 + varintSize(audioData.length) + audioData.length : 0) +
    fieldSize(frame.sampleRate, 1) +
    fieldSize(frame.frameDurationMs, 1) +
    fieldSize(frame.sequenceNumber, 1) +
    (frame.isFinal ? 2 : 0) +
    fieldSize(frame.textSequence, 2);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  if (idBytes > 0) {
    bytes[at++] = 0x0a;
    at = writeVarint(bytes, at, idBytes);
    at += bytes.write(sessionId, at);
  }
  if (audioData.length > 0) {
    bytes[at++] = 0x12;
    at = writeVarint(bytes, at, audioData.length);
    bytes.set(audioData, at);
    at += audioData.length;
  }
  at = writeField(bytes, at, 0x18, frame.sampleRate);
  at = writeField(bytes, at, 0x20, frame.frameDurationMs);
  at = writeField(bytes, at, 0x28, frame.sequenceNumber);
  if (frame.isFinal) at = writeField(bytes, at, 0x30, 1);
  if (frame.textSequence > 0) {
    bytes[at++] = 0xa8;
    writeField(bytes, at, 0x01, frame.textSequence);
  }
  return bytes;
}

/** Whether there are no marks, and all numbers are small, whole and not negative. */
function isPlain(frame: AudioFrame): boolean {
  return (
    frame.marks.length === 0 &&
    isFastInt(frame.sampleRate) &&
    isFastInt(frame.frameDurationMs) &&
    isFastInt(frame.sequenceNumber) &&
    isFastInt(frame.textSequence)
  );
}

function isFastInt(value: number): boolean {
  return value >= 0 && value <= MAX_FAST_INT && Number.isInteger(value);
}

function fieldSize(value: number, tagSize: number): number {
  return value === 0 ? 0 : tagSize + varintSize(value);
}

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

function writeField(bytes: Buffer, at: number, tag: number, value: number): number {
  if (value === 0) return at;
  bytes[at] = tag;
  return writeVarint(bytes, at + 1, value);
}

function writeVarint(bytes: Buffer, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest >= 0x80) {
    bytes[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[next++] = rest;
  return next;
}
