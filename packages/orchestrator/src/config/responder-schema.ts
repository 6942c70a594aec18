import { z } from 'zod';
import type { LlmConfig, ResponderConfig } from './responder-config.ts';
import { apiKey, httpUrl, integer, text } from './schema-parts.ts';

const llm: z.ZodPrefault<z.ZodType<LlmConfig>> = z
  .strictObject({
    url: httpUrl("Base address of a server with OpenAI's API; needed by the mode llm.", [
      'http://localhost:11434/v1',
    ]).exactOptional(),
    model: text('Name of the model, as the server calls it; needed by the mode llm.').exactOptional(),
    api_key: apiKey.exactOptional(),
    history_limit: integer(20, 0, 1000, 'Earlier entries of the conversation that are sent; 0 means none.'),
    max_tokens: z.int().min(1).max(100_000).describe('Most tokens of an answer.').exactOptional(),
    temperature: z.number().min(0).max(2).describe('How freely it answers.').exactOptional(),
    first_token_timeout_ms: integer(10_000, 100, 600_000, 'Longest wait for the first token of a try.'),
    token_gap_timeout_ms: integer(5000, 100, 600_000, 'Longest wait between two tokens.'),
    retries: integer(1, 0, 10, 'Tries after the first, as long as no token has come.'),
  })
  .prefault({})
  .describe('The language model of the mode llm.');

/** Schema of the `responder` section. */
export const responderSchema: z.ZodType<ResponderConfig> = z
  .strictObject({
    mode: z
      .enum(['auto', 'none', 'echo', 'llm'])
      .describe('What answers a transcript; auto is echo when speech is transcribed, otherwise none.')
      .default('none'),
    instructions: z
      .string()
      .describe('What a language model is told before the conversation.')
      .exactOptional(),
    apology: z
      .string()
      .max(1000)
      .describe('What is spoken when no answer could be made; empty means nothing.')
      .default('Sorry, I cannot answer right now.'),
    llm,
  })
  .prefault({})
  .describe('Answering transcripts.');
