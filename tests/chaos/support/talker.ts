import { readCounted } from '../../end-to-end/support/counted-speech.ts';
import { Connection } from './connection.ts';
import type { Ledger } from './ledger.ts';
import type { Orchestrator, World } from './world.ts';
import type { Random } from './random.ts';

/** How a text that was sent came out. */
type Outcome =
  | { readonly kind: 'completed' }
  /** Not a frame of it was heard, and the client was told to try again. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'closed'; readonly problem: string | undefined };

/** Longest silence of a session that should speak, while its orchestrator runs, in ms. */
const STUCK_AFTER_MS = 30_000;
const PAUSE_MS = 300;
const RETRY_MS = 1000;
/** Lines of a log that are shown with a loss. */
const LOG_LINES = 20;

/**
 * A client that has one text after the other spoken to it and holds every sample against the text. When its
 * orchestrator dies, it has the text spoken anew by another.
 */
export class Talker {
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #number: number;
  #orchestrator: Orchestrator | undefined;
  #connection: Connection | undefined;
  #sessionId = '';
  #frames: Buffer[] = [];
  #error = '';
  #settle: (outcome: Outcome) => void = () => {};
  #lastSignMs = 0;
  #texts = 0;
  #completed = 0;
  #isUnheard = true;

  constructor(world: World, ledger: Ledger, random: Random, number: number) {
    this.#world = world;
    this.#ledger = ledger;
    this.#random = random;
    this.#number = number;
  }

  /** The orchestrator it is connected to. */
  get orchestrator(): Orchestrator | undefined {
    return this.#orchestrator;
  }

  /** Texts heard whole. */
  get completed(): number {
    return this.#completed;
  }

  /** Talks until the signal, to the end of the text of that moment, and leaves. */
  async run(ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      this.#texts += 1;
      const text = this.#textOf(this.#texts);
      while (!(await this.#say(text)) && !ending.aborted);
      await this.#world.sleep(this.#random.int(0, 400));
    }
    this.#connection?.close();
    this.#orchestrator = undefined;
  }

  /** Whether nothing has come for too long although it should. */
  isStuck(nowMs: number): boolean {
    const { state, sinceMs = 0 } = this.#orchestrator ?? {};
    return state === 'up' && nowMs - Math.max(sinceMs, this.#lastSignMs) > STUCK_AFTER_MS;
  }

  toString(): string {
    return `client ${this.#number} (session ${this.#sessionId} on ${this.#orchestrator?.name ?? 'none'})`;
  }

  /** Has a text spoken once; tells whether it need not be said again. */
  async #say(text: string): Promise<boolean> {
    if (this.#connection === undefined) await this.#connect();
    this.#frames = [];
    this.#error = '';
    this.#lastSignMs = performance.now();
    const settled = new Promise<Outcome>((resolve) => (this.#settle = resolve));
    this.#connection?.send({ type: 'text', text, is_final: true });
    const outcome = this.#connection === undefined ? closed : await this.#whileTalking(settled);
    return this.#note(text, outcome);
  }

  async #whileTalking(settled: Promise<Outcome>): Promise<Outcome> {
    if (this.#random.int(1, 6) === 1) {
      await this.#world.sleep(this.#random.int(300, 1500));
      this.#connection?.send({ type: 'control', command: 'PAUSE' });
      await this.#world.sleep(PAUSE_MS);
      this.#lastSignMs = performance.now();
      this.#connection?.send({ type: 'control', command: 'RESUME' });
    }
    return settled;
  }

  #note(text: string, outcome: Outcome): boolean {
    const samples = samplesOf(this.#frames);
    let rest = text;
    try {
      ({ rest } = readCounted(samples, text));
    } catch (error) {
      this.#ledger.lose('not what was said', `${this.toString()}: ${String(error)}`);
    }
    this.#ledger.framesHeard += this.#frames.length;
    if (outcome.kind === 'completed' || this.#frames.length > 0) this.#isUnheard = false;
    switch (outcome.kind) {
      case 'completed':
        this.#ledger.completed += 1;
        this.#completed += 1;
        if (rest !== '') this.#ledger.lose('missing', `${this.toString()} did not hear: ${rest}`);
        return true;
      case 'refused':
        this.#ledger.noteRefusal(
          this.#world.mayRefuse(this.#isUnheard),
          `${this.toString()}: ${outcome.why}`,
        );
        return false;
      case 'failed':
        this.#ledger.lose(
          'failed',
          `${this.toString()}: ${outcome.why}, after ${this.#frames.length} frames`,
          this.#log(),
        );
        return true;
      case 'closed':
        this.#noteClosed(outcome.problem);
        return false;
      default:
        return outcome satisfies never;
    }
  }

  /** What its orchestrator has logged about its session last. */
  #log(): readonly string[] {
    const lines = this.#orchestrator?.server.stdout().split('\n') ?? [];
    return lines.filter((line) => line.includes(this.#sessionId)).slice(-LOG_LINES);
  }

  #noteClosed(problem: string | undefined): void {
    const isDead = this.#orchestrator === undefined || this.#orchestrator.state === 'gone';
    if (problem !== undefined) this.#ledger.lose('not what was said', `${this.toString()}: ${problem}`);
    else if (!isDead) this.#ledger.lose('cut off', this.toString());
    else this.#ledger.begunAnew += 1;
    this.#connection = undefined;
    this.#orchestrator = undefined;
  }

  /** Gives up when the orchestrator dies meanwhile. */
  async #connect(): Promise<void> {
    const orchestrator = await this.#world.joinOrchestrator();
    this.#orchestrator = orchestrator;
    this.#isUnheard = true;
    const { promise: started, resolve } = Promise.withResolvers<void>();
    const connection = new Connection(orchestrator.server.wsUrl, {
      onFrame: (payload) => {
        this.#frames.push(payload);
        this.#noteSign();
      },
      onMessage: (message) => {
        this.#lastSignMs = performance.now();
        if (message.type === 'session_start') {
          this.#sessionId = message.session_id;
          orchestrator.sessionIds.add(message.session_id);
          resolve();
        } else if (message.type === 'error') this.#error = `${message.code}: ${message.message}`;
        else if (message.type === 'utterance_end') this.#onEnd(message.reason);
      },
      onClosed: (problem) => {
        orchestrator.clients -= 1;
        this.#connection = undefined;
        resolve();
        this.#settle({ kind: 'closed', problem });
      },
    });
    this.#connection = connection;
    await started;
  }

  #onEnd(reason: string): void {
    if (reason === 'completed') this.#settle({ kind: 'completed' });
    else if (this.#error.startsWith('WORKER_UNAVAILABLE') && this.#frames.length === 0) {
      const [settle, why] = [this.#settle, this.#error];
      void this.#world.sleep(RETRY_MS).then(() => settle({ kind: 'refused', why }));
    } else this.#settle({ kind: 'failed', why: `${reason}, ${this.#error}` });
  }

  #noteSign(): void {
    const nowMs = performance.now();
    if (this.#frames.length > 1 && this.#orchestrator?.state === 'up') {
      const silentMs = nowMs - Math.max(this.#lastSignMs, this.#orchestrator.sinceMs);
      this.#ledger.longestSilenceMs = Math.max(this.#ledger.longestSilenceMs, silentMs);
    }
    this.#lastSignMs = nowMs;
  }

  #textOf(count: number): string {
    const sentences = Array.from({ length: this.#random.int(1, 3) }, (_, index) => {
      const word = this.#random.pick(WORDS);
      return `This is sentence ${index + 1} of text ${count} for client ${this.#number} about ${word}.`;
    });
    return sentences.join(' ');
  }
}

const closed: Outcome = { kind: 'closed', problem: undefined };

const WORDS = ['the harbour', 'a very old tree', 'nothing at all', 'seven ships', 'the rain in May'] as const;

function samplesOf(frames: readonly Buffer[]): Int16Array {
  const bytes = Buffer.concat(frames);
  return Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(index * 2));
}
