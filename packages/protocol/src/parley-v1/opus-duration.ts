/** No packet may hold more (RFC 6716, section 3.2.5). */
const MAX_PACKET_MS = 120;

/**
 * How much audio an Opus packet says it holds, in ms, read from its first bytes: decoding it costs
 * some 60 us, and reading this next to nothing. `undefined` where it is no packet.
 */
export function opusDurationMs(packet: Uint8Array): number | undefined {
  const [toc, second] = packet;
  if (toc === undefined) return undefined;
  const frames = countFrames(toc & 3, second);
  const durationMs = frameMs(toc >> 3) * frames;
  return durationMs > 0 && durationMs <= MAX_PACKET_MS ? durationMs : undefined;
}

/** By configuration number (RFC 6716, section 3.1, table 2): SILK up to 11, hybrid up to 15, then CELT. */
function frameMs(configuration: number): number {
  if (configuration < 12) return [10, 20, 40, 60][configuration & 3] ?? 0;
  if (configuration < 16) return configuration % 2 === 0 ? 10 : 20;
  return 2.5 * 2 ** (configuration & 3);
}

function countFrames(code: number, second: number | undefined): number {
  if (code === 0) return 1;
  if (code < 3) return 2;
  return (second ?? 0) & 0x3f;
}
