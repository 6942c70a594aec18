import type { VadEngineName } from '@parley/protocol';

/** Sample rates the voice activity detector takes, in Hz. */
export type VadSampleRateHz = 8000 | 16000 | 32000 | 48000;

/** Frame durations the voice activity detector takes, in ms. */
export type VadFrameDurationMs = 10 | 20 | 30;

/** Voice activity detection: the `vad` section. */
export interface VadConfig {
  /** Whether microphone audio is watched for speech. Default true. */
  readonly enabled: boolean;
  /** What tells speech from other sound. Default `hybrid`: the cheap `webrtc` as the gate, `silero` as the judge. */
  readonly engine: VadEngineName;
  /** How readily sound is called noise, 0 (rarely) to 3 (readily). Default 2. */
  readonly aggressiveness: 0 | 1 | 2 | 3;
  /** Rate of microphone audio, in Hz. Default 16,000. */
  readonly sample_rate: VadSampleRateHz;
  /** Has no effect: every engine decides on pieces of the length that suits it. In ms. Default 20. */
  readonly frame_duration_ms: VadFrameDurationMs;
  /** Speech needed before it counts as begun, in ms, 0-10,000. Default 100. */
  readonly min_speech_duration_ms: number;
  /** Silence needed before speech counts as ended, in ms, 0-10,000. Default 300. */
  readonly min_silence_duration_ms: number;
  /** Factor on the start threshold while the system itself speaks, 1-10. Default 2.0. */
  readonly speaking_threshold_multiplier: number;
  readonly noise_gate: NoiseGateConfig;
  /** Speech needed before an interruption is final, in ms, 0-10,000. Default 500; 0 means at the first sign. */
  readonly min_interruption_ms: number;
  /** Words of a transcript that make an interruption final sooner, 0-20. Default 0: words do not count. */
  readonly min_interruption_words: number;
  /** Silence after which an interruption was a false alarm and speech goes on, in ms, 0-10,000. Default 800. */
  readonly false_interruption_timeout_ms: number;
}

/** Adaptive noise gate before speech may start: the `vad.noise_gate` section. */
export interface NoiseGateConfig {
  /** Whether the gate is used. Default false. */
  readonly enabled: boolean;
  /** Length of the past the noise floor is taken from, in ms, 200-60,000. Default 2000. */
  readonly window_ms: number;
  /** Percentile of the frames' level (RMS) in that window taken as the floor, 1-50. Default 10. */
  readonly percentile: number;
  /** How many times the floor a frame's level must reach to pass, 1-20. Default 2.0. */
  readonly threshold_multiplier: number;
}

/** Speech recognition: the `asr` section. */
export interface AsrConfig {
  /** Whether speech is transcribed; `auto` means where a model is found. Default false; `npm start` sets `auto`. */
  readonly enabled: boolean | 'auto';
  /** Name of the recognition engine. Default `whisper`. */
  readonly adapter: string;
  /** Size or variant of the model, such as `tiny`, `small`, `distil-small.en`. Default `small`. */
  readonly model_size: string;
  /** Directory of the model. Unset: found by `model_size` in the local cache. */
  readonly model_path?: string;
  /** Language spoken (BCP 47), or `auto` to detect it. Default `auto`. */
  readonly language: string;
  /** Where the model runs. Default `cpu`. */
  readonly device: AsrDevice;
  /**
   * Longest stretch of speech decoded at once, in seconds, 1-30; longer turns are cut where it is quiet. No model
   * takes more than 28, which more counts as. Default 30.
   */
  readonly buffer_max_duration_s: number;
  /**
   * Whether partial transcripts are made while the user speaks. With the adapter `openai` each is a request with
   * all of the stretch so far. Default true.
   */
  readonly partials: boolean;
  /** Silence after which the user's turn is over, in ms, 0-10,000. Default 500. */
  readonly endpointing_ms: number;
  /** Longest turn of the user, in seconds, 1-3,600; then what was said so far is answered. Default 60. */
  readonly max_turn_seconds: number;
  /** Processes of a local engine, each with a copy of the model, 1-64. Default 1. */
  readonly workers: number;
  /** Threads of one decode, 0-64. Default 0: the cores shared among the workers, 4 at most. */
  readonly threads: number;
  /** Whether the 8-bit form of a model is taken where there are two. Default true. */
  readonly int8: boolean;
  /**
   * Decodes that may wait, over all sessions, 1-10,000, a quarter of them (2 at least) of one session; one more
   * fails. Default 32.
   */
  readonly queue_limit: number;
  /**
   * Longest wait for a decoder; longest time for one decode, which is tried once more when it hangs, or for a
   * request with its wait and all tries. In ms, 100-600,000. Default 20,000.
   */
  readonly timeout_ms: number;
  /** Where models are kept by name. Unset: `~/.cache/parley/models`. */
  readonly cache_dir?: string;
  /** Where `parley models pull` downloads from. Unset: it must be told. */
  readonly model_base_url?: string;
  readonly openai: OpenAiAsrConfig;
}

/** The server of the adapter `openai`: the `asr.openai` section. */
export interface OpenAiAsrConfig {
  /** Base address of a server with OpenAI's API. Default `https://api.openai.com/v1`. */
  readonly url: string;
  /** Name of the model, as the server calls it. Default `whisper-1`. */
  readonly model: string;
  /** Sent as a bearer token. Unset: none is sent. */
  readonly api_key?: string;
  /** What may be said, as a hint to the model. Unset: none is given. */
  readonly prompt?: string;
  /** Whether the answer is asked for as a stream. Default true. */
  readonly stream: boolean;
  /** Requests at once, 1-1,000. Default 8. */
  readonly concurrency: number;
  /** Tries after the first, 0-10. Default 2. */
  readonly retries: number;
}

/** Where a recognition model runs; `auto` takes the best there is. */
export type AsrDevice = 'cpu' | 'cuda' | 'auto';
