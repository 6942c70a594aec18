import { z } from 'zod';
import { flag, integer, text } from './schema-parts.ts';
import type { SessionConfig, TextConfig } from './session-config.ts';

/** Schema of the `session` section. */
export const sessionSchema: z.ZodType<SessionConfig> = z
  .strictObject({
    idle_timeout_seconds: integer(
      300,
      0,
      86_400,
      'Seconds without a message or speech after which a session ends; 0 means never.',
    ),
    max_session_duration_seconds: integer(
      3600,
      0,
      604_800,
      'Longest life of a session in seconds; 0 means without limit.',
    ),
    max_messages_per_session: integer(
      0,
      0,
      1_000_000_000,
      'Messages a client may send in one session; 0 means unlimited.',
    ),
    max_queued_characters: integer(50_000, 1, 10_000_000, 'Characters that may wait to be spoken.'),
    max_queued_utterances: integer(100, 1, 100_000, 'Utterances that may wait to be spoken.'),
    text_flush_ms: integer(
      1500,
      0,
      600_000,
      'Milliseconds after the last chunk of an unfinished text until it is spoken; 0 means only at its end.',
    ),
    resume_window_seconds: integer(
      30,
      0,
      600,
      'How long a session whose connection dropped waits for its client; 0 means not at all.',
    ),
    default_language: text('Language (BCP 47) of a session that names none.').default('en'),
    default_model: text(
      'Model of a session that names none; unset means the default of the worker.',
    ).exactOptional(),
    default_voice: text(
      'Voice of a session that names none; unset means the default of the model.',
    ).exactOptional(),
  })
  .prefault({})
  .describe('Limits and defaults of one conversation.');

/** Schema of the `text` section. */
export const textSchema: z.ZodType<TextConfig> = z
  .strictObject({
    filter_markdown: flag(true, 'Leave markdown marks out of speech.'),
    filter_emoji: flag(true, 'Leave emoji out of speech.'),
    first_segment_characters: integer(
      60,
      1,
      2000,
      'Characters the first segment of an utterance aims at: short, for early audio.',
    ),
    segment_characters: integer(
      300,
      20,
      5000,
      'Characters later segments aim at, not below first_segment_characters.',
    ),
  })
  .prefault({})
  .describe('How text is cut into segments and what is left out of speech.');
