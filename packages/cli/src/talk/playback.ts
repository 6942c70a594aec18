import type { CliError } from '../cli-error.ts';
import { openPlayer, type Player, type SpeechOutput } from '../speech-output/index.ts';

/** Options of {@link Playback}. */
export interface PlaybackOptions {
  readonly player: Player;
  /** Called when the player fails; nothing is played any more. */
  readonly onFailed: (error: CliError) => void;
}

/** Plays utterances one after the other, each in a player of its own, so that the last word is never held back. */
export class Playback {
  readonly #options: PlaybackOptions;
  #queue: PlayedUtterance[] = [];
  #current: PlayedUtterance | undefined;
  #working: Promise<void> = Promise.resolve();
  #hasFailed = false;

  constructor(options: PlaybackOptions) {
    this.#options = options;
  }

  /** Plays s16le samples as part of the utterance that is coming in. */
  write(pcm: Uint8Array): void {
    if (this.#hasFailed) return;
    if (this.#current === undefined) {
      const utterance = new PlayedUtterance();
      this.#current = utterance;
      this.#queue.push(utterance);
      this.#working = this.#working.then(() => this.#play(utterance));
    }
    this.#current.write(pcm);
  }

  /** Says that the utterance which came in is complete. */
  endUtterance(): void {
    this.#current?.end();
    this.#current = undefined;
  }

  /** Silences everything at once. */
  stop(): void {
    this.#current = undefined;
    for (const utterance of this.#queue) utterance.abort();
  }

  /** Resolves when everything has been played. */
  finished(): Promise<void> {
    return this.#working;
  }

  async #play(utterance: PlayedUtterance): Promise<void> {
    if (!this.#hasFailed) {
      await utterance.play(this.#options.player, (error) => {
        this.#hasFailed = true;
        this.stop();
        this.#options.onFailed(error);
      });
    }
    this.#queue = this.#queue.filter((each) => each !== utterance);
  }
}

class PlayedUtterance {
  /** What came before the player was ready. */
  #early: Uint8Array[] = [];
  #output: SpeechOutput | undefined;
  #isAborted = false;
  readonly #ended = Promise.withResolvers<void>();

  write(pcm: Uint8Array): void {
    if (this.#output === undefined) this.#early.push(pcm);
    else this.#output.write(pcm);
  }

  end(): void {
    this.#ended.resolve();
  }

  abort(): void {
    this.#isAborted = true;
    this.#early = [];
    void this.#output?.abort();
    this.#ended.resolve();
  }

  async play(player: Player, onFailed: (error: CliError) => void): Promise<void> {
    if (this.#isAborted) return;
    const output = await openPlayer({
      candidates: [player],
      events: {
        onDrained: () => undefined,
        onBroken: (error) => {
          if (error !== undefined) onFailed(error);
        },
      },
    });
    if (output === undefined) return;
    this.#output = output;
    for (const pcm of this.#early.splice(0)) output.write(pcm);
    await this.#ended.promise;
    await (this.#isAborted ? output.abort() : output.finish());
  }
}
