import {
  connect,
  type ParleySession,
  type SessionSettingsUpdate,
  type TranscriptMessage,
  type UtteranceEndMessageV1,
} from '@parley/client';
import { createPcmPlayer, createWavMicrophone, wavHeader } from '@parley/client/node';
import { joinSamples } from './join-samples.ts';

/** Longer than anything a test waits for takes. */
const PATIENCE_MS = 60_000;
const RATE_HZ = 16_000;

/** Somebody who calls by the SDK: hears in real time, and speaks recordings in real time. */
export class Caller implements AsyncDisposable {
  readonly session: ParleySession;
  /** Final transcripts, oldest first. */
  readonly finals: TranscriptMessage[] = [];
  readonly partials: TranscriptMessage[] = [];
  /** How utterances of the server ended. */
  readonly endings: UtteranceEndMessageV1[] = [];
  /** Codes and messages of errors. */
  readonly errors: string[] = [];
  /** Samples of speech that came, by generation. */
  readonly speech: Map<number, Int16Array[]> = new Map();
  /** Utterances of the server that began. */
  begun = 0;
  /** Times playback was held. */
  holds = 0;
  /** Times playback was cleared. */
  clears = 0;
  readonly #waiting = new Set<() => void>();

  private constructor(session: ParleySession) {
    this.session = session;
    session.on('transcript', (told) =>
      this.#note(() => (told.is_final ? this.finals : this.partials).push(told)),
    );
    session.on('utteranceStart', () => this.#note(() => (this.begun += 1)));
    session.on('utteranceEnd', (ended) => this.#note(() => this.endings.push(ended)));
    session.on('error', ({ code, message }) => this.#note(() => this.errors.push(`${code}: ${message}`)));
    session.on('held', (held) => this.#note(() => (this.holds += held ? 1 : 0)));
    session.on('cleared', () => this.#note(() => (this.clears += 1)));
    session.on('state', () => this.#note(() => {}));
    session.on('played', () => this.#note(() => {}));
    session.on('audio', ({ generation, samples }) =>
      this.#note(() => {
        this.speech.set(generation, [...(this.speech.get(generation) ?? []), samples.slice()]);
      }),
    );
  }

  static async connect(url: string, settings: SessionSettingsUpdate = {}): Promise<Caller> {
    const sink = createPcmPlayer({ output: { write() {}, close: () => Promise.resolve() } });
    return new Caller(await connect({ url, sink, settings }));
  }

  /** Samples of speech that came with this generation. */
  samplesOf(generation: number): Int16Array {
    return joinSamples(this.speech.get(generation) ?? []);
  }

  /** Milliseconds of speech heard so far. */
  get heardMs(): number {
    const parts = [...this.speech.values()].flat();
    return parts.reduce((sum, part) => sum + part.length, 0) / 48;
  }

  /** Says a recording, as long as that takes, and is silent for a while. */
  async says(samples: Int16Array, silenceMs: number = 1200): Promise<void> {
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    const wav = Buffer.concat([wavHeader(RATE_HZ, samples.length), bytes]);
    await this.session.listen(createWavMicrophone({ wav, trailingSilenceMs: silenceMs }));
  }

  /** Waits until `isTrue`, which is asked whenever something has happened. */
  async until(what: string, isTrue: () => boolean): Promise<void> {
    let isLate = false;
    const late = setTimeout(() => this.#note(() => (isLate = true)), PATIENCE_MS);
    try {
      while (!isTrue()) {
        if (isLate) throw new Error(`waited in vain for ${what}; ${this.#seen()}`);
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      clearTimeout(late);
    }
  }

  /** Says a recording and waits for its transcript and the end of what is answered. */
  async exchange(samples: Int16Array): Promise<{ transcript: string; heard: UtteranceEndMessageV1 }> {
    const turns = this.finals.length;
    const answers = this.endings.length;
    await this.says(samples);
    await this.until('a transcript', () => this.finals.length > turns);
    await this.until('the end of the answer', () => this.endings.length > answers);
    const [transcript, heard] = [this.finals.at(-1), this.endings.at(-1)];
    if (transcript === undefined || heard === undefined) throw new Error('nothing came');
    return { transcript: transcript.text, heard };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.end();
  }

  #note(change: () => void): void {
    change();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  #seen(): string {
    const { state } = this.session;
    const finals = this.finals.map(({ text }) => text);
    const endings = this.endings.map(({ reason }) => reason);
    return JSON.stringify({ state, finals, endings, errors: this.errors, begun: this.begun });
  }
}
