/** What the first packet of Opus in Ogg says (RFC 7845, section 5.1). */
export interface OpusHead {
  /** Samples at 48 kHz, at the start, that are not to be heard. */
  readonly preSkip: number;
  /** Gain in 1/256 dB. */
  readonly gain: number;
}

const HEAD_BYTES = 19;

/** Reads it. @throws Error for other codecs, later versions and more than two channels */
export function readOpusHead(packet: Uint8Array): OpusHead {
  const name = Buffer.from(packet.subarray(0, 8)).toString('latin1');
  if (name !== 'OpusHead') throw new Error('it holds something other than Opus');
  if (packet.length < HEAD_BYTES) throw new Error('its header is too short');
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const version = view.getUint8(8);
  if (version >> 4 !== 0) throw new Error(`its version is ${version}`);
  const [channels, family] = [view.getUint8(9), view.getUint8(18)];
  if (family !== 0 || channels < 1 || channels > 2) {
    throw new Error(`it has ${channels} channels in family ${family}, where one or two are decoded`);
  }
  return { preSkip: view.getUint16(10, true), gain: view.getInt16(16, true) };
}
