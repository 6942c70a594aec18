/** Windows of a stream that may wait at once: 2 s of audio. */
const CAPACITY = 64;

const Kind = { judge: 0, warm: 1, silence: 2 } as const;

/** Hands a window to the inference thread; `false` when it cannot take it. */
export type WindowSubmitter = (stream: JudgedStream, window: Int16Array, reset: boolean) => boolean;

/** Told one answer a window, in order. `probability` is 0 where nobody judged. */
export type WindowHandler = (probability: number, levelDbfs: number) => void;

/** Options of {@link JudgedStream}. */
export interface JudgedStreamOptions {
  /** Place of the stream's state in the inference thread. */
  readonly index: number;
  readonly submit: WindowSubmitter;
  readonly onWindow: WindowHandler;
  /** Told each window that was to be judged and could not be. */
  readonly onShed: () => void;
  readonly onClose: (stream: JudgedStream) => void;
}

/**
 * One stream's windows on their way through the inference thread: keeps them in order, those too that need
 * no judging. When too many wait, or the thread takes none, windows are shed until all that waits has come
 * back: they are called silence, so a speaker is heard late but speech always ends.
 */
export class JudgedStream {
  readonly index: number;
  readonly #submit: WindowSubmitter;
  readonly #onWindow: WindowHandler;
  readonly #onShed: () => void;
  readonly #onClose: (stream: JudgedStream) => void;
  readonly #kinds = new Uint8Array(CAPACITY);
  readonly #levels = new Float32Array(CAPACITY);
  #first = 0;
  #count = 0;
  /** Windows shed after all that waits. */
  #shed = 0;
  #lastLevel = 0;
  #needsReset = true;
  #closed = false;

  constructor(options: JudgedStreamOptions) {
    this.index = options.index;
    this.#submit = options.submit;
    this.#onWindow = options.onWindow;
    this.#onShed = options.onShed;
    this.#onClose = options.onClose;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Windows that are not answered yet, shed ones among them. */
  get pending(): number {
    return this.#closed ? 0 : this.#count + this.#shed;
  }

  /** The next window heard begins anew: what came before does not count. */
  reset(): void {
    this.#needsReset = true;
  }

  /** Has a window judged. */
  judge(window: Int16Array, levelDbfs: number): void {
    if (this.#send(window, levelDbfs, Kind.judge)) return;
    this.#needsReset = true;
    this.#lastLevel = levelDbfs;
    this.#onShed();
    if (this.#count > 0) this.#shed += 1;
    else this.#onWindow(0, levelDbfs);
  }

  /** Lets the engine hear a window that was answered already, so that it knows what comes next. */
  warm(window: Int16Array): void {
    this.#send(window, 0, Kind.warm);
  }

  /** Calls a window silence without asking, in its turn. */
  skip(levelDbfs: number): void {
    if (this.#count === 0) this.#onWindow(0, levelDbfs);
    else if (!this.#push(levelDbfs, Kind.silence)) this.#shed += 1;
  }

  /** The thread's answer to the oldest window it has of this stream. */
  answer(probability: number): void {
    if (this.#closed) return;
    const kind = this.#kinds[this.#first];
    const level = this.#levels[this.#first] ?? 0;
    this.#drop();
    if (kind === Kind.judge) this.#onWindow(probability, level);
    this.#flush();
  }

  /** The thread is gone: all that waits is shed. */
  abandon(): void {
    this.#needsReset = true;
    while (this.#count > 0 && !this.#closed) {
      const kind = this.#kinds[this.#first];
      const level = this.#levels[this.#first] ?? 0;
      this.#drop();
      if (kind === Kind.judge) this.#onShed();
      if (kind !== Kind.warm) this.#onWindow(0, level);
    }
    this.#flush();
  }

  /** Ends the stream; no handler is called any more. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(this);
  }

  #send(window: Int16Array, levelDbfs: number, kind: number): boolean {
    if (this.#closed || this.#shed > 0 || this.#count === CAPACITY) return false;
    if (!this.#submit(this, window, this.#needsReset)) return false;
    this.#needsReset = false;
    return this.#push(levelDbfs, kind);
  }

  #push(levelDbfs: number, kind: number): boolean {
    if (this.#shed > 0 || this.#count === CAPACITY) return false;
    const place = (this.#first + this.#count) % CAPACITY;
    this.#kinds[place] = kind;
    this.#levels[place] = levelDbfs;
    this.#count += 1;
    return true;
  }

  #drop(): void {
    this.#first = (this.#first + 1) % CAPACITY;
    this.#count -= 1;
  }

  /** Tells what needs no answer, up to the next window that does. */
  #flush(): void {
    while (this.#count > 0 && this.#kinds[this.#first] === Kind.silence && !this.#closed) {
      const level = this.#levels[this.#first] ?? 0;
      this.#drop();
      this.#onWindow(0, level);
    }
    while (this.#count === 0 && this.#shed > 0 && !this.#closed) {
      this.#shed -= 1;
      this.#onWindow(0, this.#lastLevel);
    }
  }
}
