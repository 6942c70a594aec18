/**
 * Keys of `StartSessionRequest.options` that Parley sends and its workers understand. All are optional,
 * all values are text; a worker ignores keys it does not know.
 */
export const SessionOption = {
  /** BCP-47 language tag of the text, e.g. `en` or `pt-BR`. A hint: the model decides. */
  language: 'language',
  /** Name of a voice of the session's model; what exists is in `WorkerModel.voices`. */
  voice: 'voice',
  /** Speaking rate, `0.25` to `4`; `1` is the model's normal rate. */
  speed: 'speed',
  /** Wanted sample rate in hertz. A hint: the rate of every frame is in the frame. */
  sampleRate: 'sample_rate',
} as const;

/**
 * Key of the gRPC metadata of `StartSession` in which an orchestrator says for how long, in milliseconds, the
 * session will be silent at most: after that the worker may end it, as its orchestrator is gone. Foreign workers
 * need not know it.
 */
export const SILENCE_METADATA_KEY = 'parley-silence-ms';

/** One key of {@link SessionOption}. */
export type SessionOption = (typeof SessionOption)[keyof typeof SessionOption];
