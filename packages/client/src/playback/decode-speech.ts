import { opusDurationMs, type AudioEncoding } from '@parley/protocol/client';

/** Decodes one Opus packet of 48 kHz mono. */
export type DecodeOpus = (packet: Uint8Array) => Int16Array<ArrayBuffer>;

/** Opus is counted at 48 kHz, whatever it was made from. */
const OPUS_SAMPLES_PER_MS = 48;

/** Samples of a payload, without decoding it: bytes, pairs of bytes, or what an Opus packet says. */
export function countSamples(encoding: AudioEncoding, payload: Uint8Array): number {
  switch (encoding) {
    case 'pcm_s16le':
      return payload.byteLength >> 1;
    case 'mulaw':
      return payload.byteLength;
    case 'opus':
      return (opusDurationMs(payload) ?? 0) * OPUS_SAMPLES_PER_MS;
    default:
      return encoding satisfies never;
  }
}

/** Decodes a payload of 16-bit samples or mu-law into samples of its own. */
export function decodeSpeech(
  encoding: Exclude<AudioEncoding, 'opus'>,
  payload: Uint8Array,
): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(countSamples(encoding, payload));
  if (encoding === 'mulaw') {
    for (let i = 0; i < samples.length; i += 1) samples[i] = decodeMulaw(payload[i] ?? 0);
    return samples;
  }
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = (payload[2 * i] ?? 0) | ((payload[2 * i + 1] ?? 0) << 8);
  }
  return samples;
}

/** One byte of G.711 mu-law. */
function decodeMulaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}
