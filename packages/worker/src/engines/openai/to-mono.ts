/** Mixes two channels, s16le, into one. */
export function toMono(stereo: Uint8Array): Uint8Array {
  const from = Buffer.from(stereo.buffer, stereo.byteOffset, stereo.byteLength);
  const mono = Buffer.allocUnsafe(from.length / 2);
  for (let at = 0; at < mono.length; at += 2) {
    mono.writeInt16LE((from.readInt16LE(at * 2) + from.readInt16LE(at * 2 + 2)) >> 1, at);
  }
  return mono;
}
