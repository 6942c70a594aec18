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

/**
 * Keys of the gRPC metadata of `StartSession` in which an orchestrator says which place it has taken: the id of its
 * lease, and the `epoch` of the worker's record that it went by. To find in logs what belongs together; foreign
 * workers need not know them, and either is left out where there is none.
 */
export const PLACE_METADATA_KEYS = { leaseId: 'parley-lease-id', epoch: 'parley-worker-epoch' } as const;

/**
 * Key of the gRPC metadata of `Synthesize` that holds the end of what is said right before the text, without a silence,
 * percent-encoded UTF-8, at most {@link PREVIOUS_TEXT_CHARACTERS} UTF-16 units of it: an engine can make the pause that
 * belongs between the two, and fit its intonation. Left out at the beginning; foreign workers need not know it.
 */
export const PREVIOUS_TEXT_METADATA_KEY = 'parley-previous-text';

/** Most UTF-16 units of the text before that a worker is told. */
export const PREVIOUS_TEXT_CHARACTERS = 64;

/** One key of {@link SessionOption}. */
export type SessionOption = (typeof SessionOption)[keyof typeof SessionOption];
