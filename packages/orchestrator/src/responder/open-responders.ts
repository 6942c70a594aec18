import type { ResponderMode } from '@parley/protocol';
import type { LlmConfig, ResponderConfig } from '../config/index.ts';
import { LONGEST_RETRY_DELAY_MS } from '../remote-api/index.ts';
import type { Clock } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import { echoResponder } from './echo-responder.ts';
import { DEFAULT_RESPONDER_LIMITS, guardResponder, type ResponderLimits } from './guard-responder.ts';
import { createLlmResponder } from './llm-responder.ts';
import type { Responder } from './responder.ts';

/** Agents of one's own, each in place of what Parley has for its mode. */
export type OwnResponders = Readonly<Partial<Record<Exclude<ResponderMode, 'none'>, Responder>>>;

/** Options of {@link openResponders}. */
export interface OpenRespondersOptions {
  readonly config: ResponderConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: none. */
  readonly own?: OwnResponders;
}

/** The responders of a process, by the mode with which sessions choose them. */
export interface OpenedResponders {
  /** `undefined` for `none`, and for `llm` as long as `responder.llm` lacks address or model. Its answers always end. */
  of(mode: ResponderMode): Responder | undefined;
}

/**
 * Makes the responders that the configuration allows, all of them guarded. There is nothing to close: a request ends
 * with the session that asked.
 */
export function openResponders({ config, clock, logger, own = {} }: OpenRespondersOptions): OpenedResponders {
  const echo = guardResponder(own.echo ?? echoResponder, { clock });
  const llm = own.llm === undefined ? openLlm(config, clock, logger) : guardResponder(own.llm, { clock });
  const responders = { none: undefined, echo, llm };
  return { of: (mode) => responders[mode] };
}

function openLlm(
  { llm, instructions }: ResponderConfig,
  clock: Clock,
  logger: Logger,
): Responder | undefined {
  if (llm.url === undefined || llm.model === undefined) return undefined;
  const responder = createLlmResponder({
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
  return guardResponder(responder, { clock, limits: llmLimits(llm) });
}

/** It keeps its own times and knows better what was late: the guard comes after all of its tries. */
function llmLimits({
  first_token_timeout_ms: firstMs,
  retries,
  token_gap_timeout_ms: gapMs,
}: LlmConfig): ResponderLimits {
  return {
    firstTokenTimeoutMs: (retries + 1) * (firstMs + LONGEST_RETRY_DELAY_MS),
    tokenGapTimeoutMs: 2 * gapMs,
    maxCharacters: DEFAULT_RESPONDER_LIMITS.maxCharacters,
  };
}
