/** How samples are written: 16-bit little-endian, G.711 mu-law (a byte a sample) or Opus packets. */
export const AUDIO_ENCODINGS = ['pcm_s16le', 'mulaw', 'opus'] as const;

/** One of {@link AUDIO_ENCODINGS}. */
export type AudioEncoding = (typeof AUDIO_ENCODINGS)[number];

/** How speech is wrapped: binary messages with a header, or base64 in `audio` messages. */
export const AUDIO_CONTAINERS = ['binary', 'json'] as const;

/** One of {@link AUDIO_CONTAINERS}. */
export type AudioContainer = (typeof AUDIO_CONTAINERS)[number];

/** Rates of speech in Hz that go with each encoding; the first is taken where none is named. */
export const OUTPUT_SAMPLE_RATES_HZ: Readonly<Record<AudioEncoding, readonly number[]>> = {
  pcm_s16le: [48_000, 24_000, 16_000, 8000],
  mulaw: [8000],
  opus: [48_000],
};

/** Rates of microphone audio in Hz that go with each encoding; the first is taken where none is named. */
export const INPUT_SAMPLE_RATES_HZ: Readonly<Record<AudioEncoding, readonly number[]>> = {
  pcm_s16le: [16_000, 8000, 24_000, 32_000, 48_000],
  mulaw: [8000],
  opus: [48_000],
};

/** Speech as a session sends it. */
export interface OutputFormat {
  readonly encoding: AudioEncoding;
  /** In Hz; one of {@link OUTPUT_SAMPLE_RATES_HZ}. */
  readonly sample_rate: number;
  readonly container: AudioContainer;
}

/** Microphone audio as a session takes it: binary messages without a header, for Opus one packet each. */
export interface InputFormat {
  readonly encoding: AudioEncoding;
  /** In Hz; one of {@link INPUT_SAMPLE_RATES_HZ}. */
  readonly sample_rate: number;
}
