import type { Recognition, RecognitionRequest, Recognizer } from '../recognizer.ts';

/** A decode that a {@link ScriptedRecognizer} was asked for. */
export interface AskedDecode extends RecognitionRequest {
  answer(text: string): void;
  fail(error: Error): void;
}

/** A recognizer that says what its test tells it to. */
export class ScriptedRecognizer implements Recognizer {
  readonly name = 'scripted';
  readonly concurrency: number;
  /** Everything it was asked for, oldest first. */
  readonly asked: AskedDecode[] = [];
  /** Answers at once where it is set. */
  readonly #answer: ((samples: Int16Array) => string) | undefined;
  isClosed = false;

  constructor(
    options: { readonly concurrency?: number; readonly answer?: (samples: Int16Array) => string } = {},
  ) {
    this.concurrency = options.concurrency ?? 1;
    this.#answer = options.answer;
  }

  refuseLanguage(language: string): string | undefined {
    return language === 'xx' ? 'nobody speaks xx' : undefined;
  }

  recognize(request: RecognitionRequest): Promise<Recognition> {
    const { promise, resolve, reject } = Promise.withResolvers<Recognition>();
    this.asked.push({ ...request, answer: (text) => resolve({ text, language: 'en' }), fail: reject });
    if (this.#answer !== undefined) resolve({ text: this.#answer(request.samples), language: 'en' });
    return promise;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
