/** Longest packet that the decoder has room for, in samples at 48 kHz: 60 ms. */
export const MAX_PACKET_SAMPLES = 2880;

/**
 * Samples at 48 kHz that a packet holds, read from its first bytes (RFC 6716, section 3.1); 0 for what is no
 * packet.
 */
export function opusPacketSamples(packet: Uint8Array): number {
  const [toc, second = 0] = packet;
  if (toc === undefined) return 0;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : second & 0x3f;
  return frames * frameSamples(toc >> 3);
}

/** By configuration: SILK up to 11, hybrid up to 15, then CELT. */
function frameSamples(configuration: number): number {
  if (configuration < 12) return [480, 960, 1920, 2880][configuration & 3] ?? 0;
  if (configuration < 16) return configuration % 2 === 0 ? 480 : 960;
  return 120 * 2 ** (configuration & 3);
}
