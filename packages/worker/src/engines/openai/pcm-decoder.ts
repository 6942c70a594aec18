import { type AnswerDecoder, joinBytes } from './answer-decoder.ts';

const nothing = new Uint8Array(0);
const BYTES_PER_SAMPLE = 2;

/** Takes bare s16le mono samples; a sample that is cut in two by the network is put together again. */
export function createPcmDecoder(sampleRateHz: number): AnswerDecoder {
  let rest: Uint8Array = nothing;
  return {
    decode(bytes) {
      const joined = joinBytes(rest, bytes);
      const whole = joined.length - (joined.length % BYTES_PER_SAMPLE);
      rest = joined.subarray(whole);
      return whole === 0 ? undefined : { pcm: joined.subarray(0, whole), sampleRateHz };
    },
    // Half a sample at the end cannot be heard.
    end: () => undefined,
    close: () => undefined,
  };
}
