import type { Responder, ResponseRequest } from './responder.ts';

/** Says the transcript back. */
export const echoResponder: Responder = {
  async *respond({ transcript }: ResponseRequest): AsyncGenerator<string> {
    yield transcript;
  },
};
