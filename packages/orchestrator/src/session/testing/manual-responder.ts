import type { Responder, ResponseRequest } from '../../responder/index.ts';
import { settled } from './session-stage.ts';

/** Answers that are given word by word, by hand. */
export class ManualResponder implements Responder {
  readonly asked: ResponseRequest[] = [];
  #next = Promise.withResolvers<string | undefined>();

  async *respond(request: ResponseRequest): AsyncIterable<string> {
    this.asked.push(request);
    for (;;) {
      const token = await this.#next.promise;
      this.#next = Promise.withResolvers();
      if (token === undefined) return;
      yield token;
    }
  }

  /** Gives the next piece, or with `undefined` the end. */
  async say(token: string | undefined): Promise<void> {
    this.#next.resolve(token);
    await settled();
  }

  async fail(message: string = 'the model is gone'): Promise<void> {
    this.#next.reject(new Error(message));
    await settled();
  }
}
