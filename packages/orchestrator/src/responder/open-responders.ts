import type { ResponderMode } from '@parley/protocol';
import type { ResponderConfig } from '../config/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { echoResponder } from './echo-responder.ts';
import { createLlmResponder } from './llm-responder.ts';
import type { Responder } from './responder.ts';

/** The responders of a process, by the mode with which sessions choose them. */
export interface OpenedResponders {
  /** `undefined` for `none`, and for `llm` as long as `responder.llm` lacks address or model. */
  of(mode: ResponderMode): Responder | undefined;
  /** Gives up what they still do. Idempotent. */
  close(): Promise<void>;
}

/** Makes the responders that the configuration allows. Created and closed by `main.ts`. */
export function openResponders(config: ResponderConfig, clock: Clock, logger: Logger): OpenedResponders {
  const responders = { none: undefined, echo: echoResponder, llm: openLlm(config, clock, logger) };
  return {
    of: (mode) => responders[mode],
    // Requests end with the sessions that asked, and nothing else is kept.
    async close(): Promise<void> {},
  };
}

function openLlm(
  { llm, instructions }: ResponderConfig,
  clock: Clock,
  logger: Logger,
): Responder | undefined {
  if (llm.url === undefined || llm.model === undefined) return undefined;
  return createLlmResponder({
    url: llm.url,
    model: llm.model,
    historyLimit: llm.history_limit,
    firstTokenTimeoutMs: llm.first_token_timeout_ms,
    tokenGapTimeoutMs: llm.token_gap_timeout_ms,
    retries: llm.retries,
    clock,
    logger,
    ...(llm.api_key !== undefined && { apiKey: llm.api_key }),
    ...(llm.max_tokens !== undefined && { maxTokens: llm.max_tokens }),
    ...(llm.temperature !== undefined && { temperature: llm.temperature }),
    ...(instructions !== undefined && { instructions }),
  });
}
