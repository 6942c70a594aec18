import { decodeMulaw, samplesFromBytes, type Resampler, type ResamplerFactory } from '@parley/audio';
import { vadSampleRatesHz } from '@parley/audio/vad';
import { opusDurationMs, type InputFormat } from '@parley/protocol';
import OpusScript from 'opusscript';

/** What came of one message of microphone audio. */
export type DecodedMicrophone =
  /** `samples` may be read until the next call only. */
  | { readonly kind: 'ok'; readonly samples: Int16Array }
  | { readonly kind: 'invalid'; readonly problem: string };

/** Turns microphone messages into samples at a rate that voice activity engines take. Whoever makes it closes it. */
export interface MicrophoneDecoder {
  /** Rate of the samples, in Hz. */
  readonly sampleRateHz: number;
  /** How much audio a message holds, in ms, without decoding it; 0 where that cannot be said. */
  durationMs(bytes: Uint8Array): number;
  /** Decodes one message; never throws. */
  decode(bytes: Uint8Array): DecodedMicrophone;
  /** Frees what it holds. Idempotent. */
  close(): void;
}

/** Where a rate that no engine takes goes to. */
const FALLBACK_RATE_HZ = 16_000;

/** Makes the decoder of an input format; `resamplers` from `loadResampler()`. */
export function createMicrophoneDecoder(
  format: InputFormat,
  resamplers: ResamplerFactory,
): MicrophoneDecoder {
  switch (format.encoding) {
    case 'pcm_s16le':
      return new PcmDecoder(format.sample_rate, resamplers);
    case 'mulaw':
      return {
        sampleRateHz: format.sample_rate,
        durationMs: ({ byteLength }) => (byteLength * 1000) / format.sample_rate,
        decode: (bytes) => ({ kind: 'ok', samples: decodeMulaw(bytes) }),
        close() {},
      };
    case 'opus':
      return new OpusDecoder(format.sample_rate);
    default:
      return format.encoding satisfies never;
  }
}

class PcmDecoder implements MicrophoneDecoder {
  readonly sampleRateHz: number;
  readonly #bytesPerMs: number;
  readonly #resampler: Resampler | undefined;

  constructor(rateHz: number, resamplers: ResamplerFactory) {
    const isTaken = vadSampleRatesHz.includes(rateHz);
    this.#bytesPerMs = (2 * rateHz) / 1000;
    this.sampleRateHz = isTaken ? rateHz : FALLBACK_RATE_HZ;
    this.#resampler = isTaken ? undefined : resamplers.create({ fromHz: rateHz, toHz: FALLBACK_RATE_HZ });
  }

  durationMs({ byteLength }: Uint8Array): number {
    return byteLength / this.#bytesPerMs;
  }

  decode(bytes: Uint8Array): DecodedMicrophone {
    if (bytes.byteLength % 2 !== 0) {
      const problem = `microphone audio must be whole 16-bit samples, but this message has ${bytes.byteLength} bytes`;
      return { kind: 'invalid', problem };
    }
    const samples = samplesFromBytes(bytes);
    return { kind: 'ok', samples: this.#resampler?.process(samples) ?? samples };
  }

  close(): void {
    this.#resampler?.close();
  }
}

class OpusDecoder implements MicrophoneDecoder {
  readonly sampleRateHz: number;
  #opus: OpusScript | undefined = new OpusScript(48_000, 1);

  constructor(rateHz: number) {
    this.sampleRateHz = rateHz;
  }

  durationMs(packet: Uint8Array): number {
    return opusDurationMs(packet) ?? 0;
  }

  decode(bytes: Uint8Array): DecodedMicrophone {
    if (opusDurationMs(bytes) === undefined) {
      // An empty one among them: the decoder would take it for a lost packet, and make one up.
      return {
        kind: 'invalid',
        problem: 'microphone audio must be one Opus packet a message of up to 120 ms',
      };
    }
    try {
      const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return { kind: 'ok', samples: samplesFromBytes(this.#opus?.decode(packet) ?? new Uint8Array()) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'invalid', problem: `microphone audio must be one Opus packet a message: ${why}` };
    }
  }

  close(): void {
    this.#opus?.delete();
    this.#opus = undefined;
  }
}
