import {
  bytesFromSamples,
  bytesPerFrame,
  DEFAULT_SAMPLE_RATE_HZ,
  encodeMulaw,
  samplesFromBytes,
  samplesPerFrame,
  type Resampler,
  type ResamplerFactory,
} from '@parley/audio';
import type { OutputFormat } from '@parley/protocol';
import OpusScript from 'opusscript';

/** Turns frames of 20 ms at 48 kHz into what a client asked for. Whoever makes it closes it. */
export interface AudioEncoder {
  /** Bytes that a frame of 20 ms becomes, about. */
  readonly bytesPerFrame: number;
  /** Encodes one frame (s16le mono, 1,920 bytes). The result may be read until the next call only. */
  encode(frame: Uint8Array): Uint8Array;
  /** Forgets what came before: the next frame belongs to other speech. */
  reset(): void;
  /** Frees what it holds. Idempotent. */
  close(): void;
}

/** Makes the encoder for a format; `resamplers` from `loadResampler()`. */
export function createAudioEncoder(
  format: Pick<OutputFormat, 'encoding' | 'sample_rate'>,
  resamplers: ResamplerFactory,
): AudioEncoder {
  switch (format.encoding) {
    case 'pcm_s16le':
      return format.sample_rate === DEFAULT_SAMPLE_RATE_HZ
        ? passThrough
        : new ResampledEncoder(
            format.sample_rate,
            bytesPerFrame(format.sample_rate),
            resamplers,
            bytesFromSamples,
          );
    case 'mulaw': {
      const bytes = new Uint8Array(samplesPerFrame(format.sample_rate));
      return new ResampledEncoder(format.sample_rate, bytes.length, resamplers, (samples) =>
        encodeMulaw(samples, bytes),
      );
    }
    case 'opus':
      return new OpusEncoder();
    default:
      return format.encoding satisfies never;
  }
}

const passThrough: AudioEncoder = {
  bytesPerFrame: bytesPerFrame(),
  encode: (frame) => frame,
  reset() {},
  close() {},
};

const SILENCE = new Int16Array(samplesPerFrame());

class ResampledEncoder implements AudioEncoder {
  readonly bytesPerFrame: number;
  readonly #resampler: Resampler;
  readonly #write: (samples: Int16Array) => Uint8Array;

  constructor(
    rateHz: number,
    frameBytes: number,
    resamplers: ResamplerFactory,
    write: (samples: Int16Array) => Uint8Array,
  ) {
    this.bytesPerFrame = frameBytes;
    this.#resampler = resamplers.create({ fromHz: DEFAULT_SAMPLE_RATE_HZ, toHz: rateHz });
    this.#write = write;
    this.reset();
  }

  encode(frame: Uint8Array): Uint8Array {
    return this.#write(this.#resampler.process(samplesFromBytes(frame)));
  }

  /** A frame of silence fills the filter: from then on every frame in is a whole frame out. */
  reset(): void {
    this.#resampler.flush();
    this.#resampler.process(SILENCE);
  }

  close(): void {
    this.#resampler.close();
  }
}

/** Packets differ in length; speech at the encoder's own choice of about 64 kbit/s has so many bytes in 20 ms. */
const OPUS_PACKET_BYTES = 160;

class OpusEncoder implements AudioEncoder {
  readonly bytesPerFrame = OPUS_PACKET_BYTES;
  #opus: OpusScript | undefined = new OpusScript(48_000, 1, OpusScript.Application.VOIP);

  encode(frame: Uint8Array): Uint8Array {
    if (this.#opus === undefined) return new Uint8Array();
    const pcm = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    return this.#opus.encode(pcm, samplesPerFrame());
  }

  /** Opus packets decode on their own well enough; a new encoder would cost more than it gains. */
  reset(): void {}

  close(): void {
    this.#opus?.delete();
    this.#opus = undefined;
  }
}
