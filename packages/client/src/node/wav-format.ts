/** Bytes before the samples in a file that this package writes. */
export const WAV_HEADER_BYTES: number = 44;

/** Samples of a WAV file. */
export interface WavSamples {
  readonly sampleRateHz: number;
  /** Mono: the mean of all channels. */
  readonly samples: Int16Array<ArrayBuffer>;
}

/** The header of a file of 16-bit mono samples. */
export function wavHeader(sampleRateHz: number, sampleCount: number): Uint8Array<ArrayBuffer> {
  const dataBytes = 2 * sampleCount;
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode('RIFF    WAVEfmt '), 0);
  view.setUint32(4, WAV_HEADER_BYTES - 8 + dataBytes, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, 2 * sampleRateHz, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  header.set(new TextEncoder().encode('data'), 36);
  view.setUint32(40, dataBytes, true);
  return header;
}

interface WavForm {
  readonly channels: number;
  readonly sampleRateHz: number;
}

/**
 * Reads a file of 16-bit samples. A size in it that is beyond the file, as of a recording that was cut, is
 * taken as the rest of it.
 *
 * @throws RangeError that says what the file is instead
 */
export function parseWav(bytes: Uint8Array): WavSamples {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 12 || tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE') {
    throw new RangeError('The file must be a WAV file, but does not begin as one.');
  }
  let form: WavForm | undefined;
  for (let at = 12; at + 8 <= bytes.byteLength;) {
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (tag(view, at) === 'fmt ' && start + 16 <= bytes.byteLength) form = readForm(view, start);
    if (tag(view, at) === 'data') {
      if (form === undefined) break;
      const end = Math.min(start + size, bytes.byteLength);
      return { sampleRateHz: form.sampleRateHz, samples: mixDown(view, start, end, form.channels) };
    }
    at = start + size + (size % 2);
  }
  throw new RangeError('The WAV file has no samples.');
}

function readForm(view: DataView, at: number): WavForm {
  const format = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const bits = view.getUint16(at + 14, true);
  // 0xfffe: the extensible form, in which tools write plain 16-bit samples too.
  if ((format !== 1 && format !== 0xfffe) || bits !== 16 || channels === 0) {
    throw new RangeError(
      `The WAV file must have 16-bit PCM samples, but has format ${format} with ${bits} bits in ${channels} channels.`,
    );
  }
  return { channels, sampleRateHz: view.getUint32(at + 4, true) };
}

function mixDown(view: DataView, start: number, end: number, channels: number): Int16Array<ArrayBuffer> {
  const samples = new Int16Array(Math.floor((end - start) / (2 * channels)));
  for (let i = 0; i < samples.length; i += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      sum += view.getInt16(start + 2 * (i * channels + channel), true);
    }
    samples[i] = Math.round(sum / channels);
  }
  return samples;
}

function tag(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}
