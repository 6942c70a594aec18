import { VAD_ENGINE_NAMES } from '@parley/protocol';
import { z } from 'zod';
import type { AsrConfig, NoiseGateConfig, OpenAiAsrConfig, VadConfig } from './listening-config.ts';
import { apiKey, decimal, flag, httpUrl, integer, text } from './schema-parts.ts';

const noiseGate: z.ZodPrefault<z.ZodType<NoiseGateConfig>> = z
  .strictObject({
    enabled: flag(false, 'Whether the gate is used.'),
    window_ms: integer(2000, 200, 60_000, 'Length of the past the noise floor is taken from.'),
    percentile: decimal(
      10,
      1,
      50,
      'Percentile of the level (RMS) of frames in the window, taken as the floor.',
    ),
    threshold_multiplier: decimal(
      2,
      1,
      20,
      'How many times the floor the level of a frame must reach to pass.',
    ),
  })
  .prefault({})
  .describe('Adaptive noise gate before speech may start.');

/** Schema of the `vad` section. */
export const vadSchema: z.ZodType<VadConfig> = z
  .strictObject({
    enabled: flag(true, 'Whether microphone audio is watched for speech.'),
    engine: z.enum(VAD_ENGINE_NAMES).describe('What tells speech from other sound.').default('hybrid'),
    aggressiveness: z
      .literal([0, 1, 2, 3])
      .describe('How readily sound is called noise, 0 (rarely) to 3 (readily).')
      .default(2),
    sample_rate: z
      .literal([8000, 16_000, 32_000, 48_000])
      .describe('Rate of microphone audio in Hz.')
      .default(16_000),
    frame_duration_ms: z
      .literal([10, 20, 30])
      .describe('Has no effect: every engine decides on pieces of the length that suits it.')
      .default(20),
    min_speech_duration_ms: integer(100, 0, 10_000, 'Speech needed before it counts as begun.'),
    min_silence_duration_ms: integer(300, 0, 10_000, 'Silence needed before speech counts as ended.'),
    speaking_threshold_multiplier: decimal(
      2,
      1,
      10,
      'Factor on the start threshold while the system itself speaks.',
    ),
    noise_gate: noiseGate,
    min_interruption_ms: integer(
      500,
      0,
      10_000,
      'Speech needed before an interruption is final; 0 means at the first sign.',
    ),
    min_interruption_words: integer(
      0,
      0,
      20,
      'Words of a transcript that make an interruption final sooner; 0 means that words do not count.',
    ),
    false_interruption_timeout_ms: integer(
      800,
      0,
      10_000,
      'Silence after which an interruption was a false alarm and speech goes on.',
    ),
  })
  .prefault({})
  .describe('Voice activity detection.');

const openai: z.ZodPrefault<z.ZodType<OpenAiAsrConfig>> = z
  .strictObject({
    url: httpUrl("Base address of a server with OpenAI's API.", ['http://localhost:8000/v1']).default(
      'https://api.openai.com/v1',
    ),
    model: text('Name of the model, as the server calls it.').default('whisper-1'),
    api_key: apiKey.exactOptional(),
    prompt: text('What may be said, as a hint to the model.').exactOptional(),
    stream: flag(true, 'Whether the answer is asked for as a stream.'),
    concurrency: integer(8, 1, 1000, 'Requests at once.'),
    retries: integer(2, 0, 10, 'Tries after the first.'),
  })
  .prefault({})
  .describe('The server of the adapter openai.');

/** Schema of the `asr` section. */
export const asrSchema: z.ZodType<AsrConfig> = z
  .strictObject({
    enabled: z
      .literal([true, false, 'auto'])
      .describe('Whether speech is transcribed; auto means where a model is found.')
      .default(false),
    adapter: text('Name of the recognition engine.').default('whisper'),
    model_size: text('Size or variant of the model, such as tiny, small or distil-small.en.').default(
      'small',
    ),
    model_path: text(
      'Directory of the model; unset means by model_size from the local cache.',
    ).exactOptional(),
    language: text('Language spoken (BCP 47), or auto to detect it.').default('auto'),
    device: z.enum(['cpu', 'cuda', 'auto']).describe('Where the model runs.').default('cpu'),
    buffer_max_duration_s: z
      .number()
      .min(1)
      .max(30)
      .describe(
        'Longest stretch of speech decoded at once, in seconds: longer turns are cut where it is quiet. No model takes more than 28, which more counts as.',
      )
      .default(30),
    partials: flag(
      true,
      'Whether partial transcripts are made while the user speaks; with the adapter openai each is a request with all of the stretch so far.',
    ),
    endpointing_ms: integer(500, 0, 10_000, "Silence after which the user's turn is over."),
    max_turn_seconds: integer(
      60,
      1,
      3600,
      'Longest turn of the user; then what was said so far is answered.',
    ),
    workers: integer(1, 1, 64, 'Processes of a local engine, each with a copy of the model.'),
    threads: integer(
      0,
      0,
      64,
      'Threads of one decode; 0 means the cores shared among the workers, 4 at most.',
    ),
    int8: flag(true, 'Whether the 8-bit form of a model is taken where there are two.'),
    queue_limit: integer(
      32,
      1,
      10_000,
      'Decodes that may wait, over all sessions, a quarter of them (2 at least) of one session; one more fails.',
    ),
    timeout_ms: integer(
      20_000,
      100,
      600_000,
      'Longest wait for a decoder; longest time for one decode, which is tried once more when it hangs, or for a request with its wait and all tries.',
    ),
    cache_dir: text('Where models are kept by name; unset means ~/.cache/parley/models.').exactOptional(),
    model_base_url: httpUrl('Where parley models pull downloads from.', [
      'https://models.example.com/parley',
    ]).exactOptional(),
    openai,
  })
  .prefault({})
  .describe('Speech recognition.');
