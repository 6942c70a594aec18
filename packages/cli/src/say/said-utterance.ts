import type { ParleySession, TextStream } from '@parley/client';

/** Options of {@link SaidUtterance}. */
export interface SaidUtteranceOptions {
  readonly session: ParleySession;
  /** Called when text cannot be handed on. */
  readonly onFailed: (error: unknown) => void;
}

/** One utterance that is sent piece by piece; pieces that were refused may be sent again, also the last one. */
export class SaidUtterance {
  readonly #options: SaidUtteranceOptions;
  #stream: TextStream | undefined;
  #id: string | undefined;

  constructor(options: SaidUtteranceOptions) {
    this.#options = options;
  }

  /** Its name; `undefined` before the first piece. */
  get id(): string | undefined {
    return this.#id;
  }

  /** Sends the next piece of 1 character or more. */
  send(text: string, isFinal: boolean): void {
    const { session, onFailed } = this.#options;
    try {
      if (isFinal) this.#sendLast(text);
      else {
        this.#stream ??= session.stream(this.#named());
        this.#id = this.#stream.utteranceId;
        this.#stream.write(text).catch(onFailed);
      }
    } catch (error) {
      onFailed(error);
    }
  }

  #sendLast(text: string): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) this.#id = this.#options.session.say(text, this.#named());
    else stream.end(text);
  }

  #named(): { readonly utteranceId?: string } {
    return this.#id === undefined ? {} : { utteranceId: this.#id };
  }
}
