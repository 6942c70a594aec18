import { hasWords } from '../text/index.ts';
import type { Conversation } from './conversation.ts';
import type { Clock } from './ports/clock.ts';

/** Options of a {@link FirstAudio}. */
export interface FirstAudioOptions {
  readonly clock: Clock;
  readonly conversation: () => Conversation;
  /** The client hears the first frame of a text that came so many ms ago. */
  readonly onMeasured: (totalMs: number) => void;
}

/**
 * Measures how fast a text of the client is heard. One that waits behind other speech says nothing about that, and
 * one that is refused or has no words is never heard.
 */
export class FirstAudio {
  readonly #options: FirstAudioOptions;
  #awaited: { readonly utteranceId: string; readonly sinceMs: number } | undefined;

  constructor(options: FirstAudioOptions) {
    this.#options = options;
  }

  /** A text has come and is taken, or refused, by `take`. */
  measure(take: () => void): void {
    const sinceMs = this.#options.clock.nowMs();
    const hadWords = this.#firstWithWords !== undefined;
    take();
    const utteranceId = this.#firstWithWords;
    if (!hadWords && utteranceId !== undefined) this.#awaited = { utteranceId, sinceMs };
  }

  /** The client hears an utterance's first frame. */
  began(utteranceId: string): void {
    const { clock, onMeasured } = this.#options;
    if (this.#awaited?.utteranceId !== utteranceId) return;
    onMeasured(clock.nowMs() - this.#awaited.sinceMs);
    this.#awaited = undefined;
  }

  /** The first utterance of which something is or will be heard. */
  get #firstWithWords(): string | undefined {
    const { utterances } = this.#options.conversation();
    return utterances.find(({ begun, rest }) => begun || hasWords(rest))?.id;
  }
}
