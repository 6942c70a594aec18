import type { SessionSettings } from '@parley/protocol';
import { joinTexts, wholeSentences } from '../text/index.ts';
import type { Transcript } from './ports/ears.ts';
import type { EndedUtterance } from './speaker.ts';

/** A turn that is being answered. */
export interface Question {
  /** The utterance that its answer becomes. */
  readonly utteranceId: string;
  readonly transcript: Transcript;
  readonly settings: SessionSettings;
}

/** What was cut off for nothing. */
export interface Restored {
  /** Still to be said; empty when nothing is. */
  readonly text: string;
  /** To be answered once more, as no sentence of its answer was written. */
  readonly question: Question | undefined;
}

/** What was not heard when the user's voice ended it, until it is known whether anything was said. */
export class CutOff {
  #unheard = '';
  #question: Question | undefined;

  /** The answer to this question is cut off while it is being written. */
  answerStopped(question: Question): void {
    this.#question = question;
  }

  /** An utterance that was cut off is over, with this of it heard. */
  utteranceEnded({ heardText, unheardText, utteranceId }: EndedUtterance): void {
    this.#unheard = joinTexts([this.#unheard, this.#sayable(utteranceId, heardText, unheardText)]);
  }

  /** It is over and done with. */
  forget(): void {
    this.#unheard = '';
    this.#question = undefined;
  }

  /** It was cut off for nothing; asked once. */
  restore(): Restored {
    const restored = { text: this.#unheard, question: this.#question };
    this.forget();
    return restored;
  }

  /** Of an answer that broke off while it was written, what ends with a sentence. */
  #sayable(utteranceId: string, heardText: string, unheardText: string): string {
    if (utteranceId !== this.#question?.utteranceId) return unheardText;
    const { language } = this.#question.settings;
    const whole = wholeSentences(unheardText, language);
    const endsWell = whole !== '' || (heardText !== '' && wholeSentences(heardText, language) === heardText);
    if (endsWell) this.#question = undefined;
    return whole;
  }
}
