import type { Clock, Timer } from '../session/ports/clock.ts';
import { ResponderError } from './responder-error.ts';
import type { Responder, ResponseRequest } from './responder.ts';

/** How long a responder may take, and how much it may say. */
export interface ResponderLimits {
  /** Longest time to the first piece of the answer, in ms. */
  readonly firstTokenTimeoutMs: number;
  /** Longest time between two pieces, in ms. */
  readonly tokenGapTimeoutMs: number;
  /** Characters after which an answer is taken for one without end. */
  readonly maxCharacters: number;
}

/** Limits that hold where the configuration sets none. */
export const DEFAULT_RESPONDER_LIMITS: ResponderLimits = {
  firstTokenTimeoutMs: 15_000,
  tokenGapTimeoutMs: 10_000,
  maxCharacters: 20_000,
};

/** Options of {@link guardResponder}. */
export interface GuardResponderOptions {
  readonly clock: Clock;
  /** Default {@link DEFAULT_RESPONDER_LIMITS}. */
  readonly limits?: ResponderLimits;
}

/**
 * Wraps a responder so that its answers always end: one that hangs is given up in time, one that never ends is cut,
 * one that is still at it after the abort is not heard any more. Empty pieces are left out. The answer ends when
 * the request's signal is aborted, and throws a `ResponderError` when the responder throws, is late or was cut.
 */
export function guardResponder(responder: Responder, options: GuardResponderOptions): Responder {
  return { respond: (request) => guarded(responder, request, options) };
}

async function* guarded(
  responder: Responder,
  request: ResponseRequest,
  { clock, limits = DEFAULT_RESPONDER_LIMITS }: GuardResponderOptions,
): AsyncGenerator<string> {
  const { signal } = request;
  // A signal of its own: it is aborted when the answer is given up for other reasons, too.
  const giveUp = new AbortController();
  const stop = new Stop(clock, signal, giveUp);
  const pieces = startOf(responder, { ...request, signal: giveUp.signal });
  let characters = 0;
  try {
    while (!signal.aborted) {
      const isFirst = characters === 0;
      const timeoutMs = isFirst ? limits.firstTokenTimeoutMs : limits.tokenGapTimeoutMs;
      const step = await stop.next(pieces, timeoutMs, isFirst ? 'the beginning' : 'the rest');
      if (step === undefined || step.done === true) return;
      if (step.value === '') continue;
      const room = limits.maxCharacters - characters;
      characters += step.value.length;
      if (room > 0) yield step.value.slice(0, room);
      if (characters > limits.maxCharacters) {
        throw new ResponderError('TOO_LONG', `the answer has more than ${limits.maxCharacters} characters`);
      }
    }
  } finally {
    stop.close();
    giveUp.abort();
    // Not awaited: one that hangs never answers.
    void pieces.return?.().catch(() => {});
  }
}

function startOf(responder: Responder, request: ResponseRequest): AsyncIterator<string, unknown> {
  try {
    return responder.respond(request)[Symbol.asyncIterator]();
  } catch (cause) {
    throw ResponderError.from(cause);
  }
}

/**
 * Waits for one piece at a time, but not longer than allowed and not beyond the abort. It listens to the signal
 * once for the whole answer: a race against it for every piece would keep all of them alive.
 */
class Stop {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #giveUp: AbortController;
  readonly #onAbort = (): void => {
    this.#giveUp.abort(this.#signal.reason);
    this.#settle?.(undefined);
  };
  #settle: ((step: undefined) => void) | undefined;

  constructor(clock: Clock, signal: AbortSignal, giveUp: AbortController) {
    this.#clock = clock;
    this.#signal = signal;
    this.#giveUp = giveUp;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The next piece; `undefined` after an abort. */
  async next(
    pieces: AsyncIterator<string, unknown>,
    timeoutMs: number,
    what: string,
  ): Promise<IteratorResult<string, unknown> | undefined> {
    const waiting = Promise.withResolvers<IteratorResult<string, unknown> | undefined>();
    this.#settle = waiting.resolve;
    const timer: Timer = this.#clock.setTimer(timeoutMs, () => {
      const message = `${what} of the answer did not come within ${timeoutMs} ms`;
      waiting.reject(new ResponderError('TIMED_OUT', message));
    });
    pieces.next().then(waiting.resolve, (cause: unknown) => waiting.reject(ResponderError.from(cause)));
    try {
      return await waiting.promise;
    } catch (error) {
      if (this.#signal.aborted) return undefined;
      throw error;
    } finally {
      timer.cancel();
      this.#settle = undefined;
    }
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
