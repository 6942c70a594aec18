import { once } from 'node:events';
import { ERROR_CODES, SESSION_END_REASONS } from '@parley/protocol';
import { type ClientOptions, type RawData, WebSocket } from 'ws';

/** How the server ended a connection. */
export interface WireClose {
  /** WebSocket close code; 1006 when the connection broke. */
  readonly code: number;
  readonly reason: string;
}

/** A message other than `audio`, as it came. */
export interface WireMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Longer than anything a test waits for takes; what was seen until then is in the error. */
const PATIENCE_MS = 60_000;
const PCM_BYTES = 1920;
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/u;

/** Fields of the base dialect's messages to a client that has subscribed to nothing. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['session_start', 'session_id,type'],
  ['audio', 'frame_ms,pcm,sample_rate,sequence,type'],
  ['session_end', 'reason,session_id,type'],
  ['error', 'code,message,type'],
]);
const SUBSCRIBABLE: ReadonlySet<string> = new Set(['state', 'utterance_start', 'utterance_end']);

/**
 * A client as one would write it from the protocol's description alone: raw JSON over `ws`. Every message is
 * held against the description as it comes; the first that breaks it fails whatever waits, and `leave()`.
 * Who connects it lets it leave; `await using` does so too.
 */
export class WireClient implements AsyncDisposable {
  readonly socket: WebSocket;
  /** Messages other than audio, in order. */
  readonly messages: WireMessage[] = [];
  /** Settles when the connection is gone; rejects when the server had broken the protocol. */
  readonly closed: Promise<WireClose>;
  readonly #pcm: Buffer[] = [];
  readonly #waiting = new Set<() => void>();
  #close: WireClose | undefined;
  #fault: Error | undefined;
  #sessionId = '';

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data, isBinary) => {
      try {
        this.#received(data, isBinary);
      } catch (error) {
        this.#fault ??= error instanceof Error ? error : new Error(String(error));
      }
      this.#changed();
    });
    // A refused upgrade rejects `connect`; everything else is followed by 'close'.
    socket.on('error', () => {});
    this.closed = new Promise((resolve, reject) => {
      socket.once('close', (code, reason) => {
        this.#close = { code, reason: reason.toString() };
        if (this.#fault === undefined) resolve(this.#close);
        else reject(this.#fault);
        this.#changed();
      });
    });
    this.closed.catch(() => {});
  }

  /** Connects and returns before `session_start` has come, so that what is sent next is as early as can be. */
  static async connect(url: string, options: ClientOptions = {}): Promise<WireClient> {
    const client = new WireClient(new WebSocket(url, { perMessageDeflate: false, ...options }));
    await once(client.socket, 'open');
    return client;
  }

  /** From `session_start`; empty before it has come. */
  get sessionId(): string {
    return this.#sessionId;
  }

  /** Audio frames received. */
  get frameCount(): number {
    return this.#pcm.length;
  }

  /** Codes of the errors received, in order. */
  get errorCodes(): string[] {
    return this.messages.flatMap(({ type, code }) => (type === 'error' ? [String(code)] : []));
  }

  /** The audio of the frames from number `from` (counted from 0) on, in an array of its own. */
  samples(from: number = 0): Int16Array {
    const bytes = Buffer.concat(this.#pcm.slice(from));
    return Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(index * 2));
  }

  /** Sends a text message: a string as it is, anything else as JSON. */
  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Sends text; without `isFinal` the field is left out, as many clients do. */
  say(text: string, isFinal?: boolean): void {
    this.send({ type: 'text', text, ...(isFinal !== undefined && { is_final: isFinal }) });
  }

  /** Sends a control message. */
  control(command: 'PAUSE' | 'RESUME' | 'STOP'): void {
    this.send({ type: 'control', command });
  }

  /**
   * Waits until the server has taken everything sent so far, and all it had sent by then is here: a WebSocket
   * ping is answered in its turn.
   */
  async settled(): Promise<void> {
    let isAnswered = false;
    this.socket.once('pong', () => {
      isAnswered = true;
      this.#changed();
    });
    this.socket.ping();
    await this.until(() => isAnswered, 'the answer to a ping');
  }

  /** Waits until `count` frames have come in all. */
  async frames(count: number): Promise<void> {
    await this.until(() => this.frameCount >= count, `frame ${count}`);
  }

  /** Waits for the message that makes `count` of this type, and returns it. */
  async message(type: string, count: number = 1): Promise<WireMessage> {
    const found = (): WireMessage | undefined =>
      this.messages.filter((message) => message.type === type)[count - 1];
    await this.until(() => found() !== undefined, `${type} number ${count}`);
    return found() ?? { type };
  }

  /**
   * Waits until `isTrue`, which is asked whenever something has come.
   *
   * @throws Error when the server breaks the protocol, the connection ends first, or it takes far too long
   */
  async until(isTrue: () => boolean, what: string): Promise<void> {
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      this.#changed();
    }, PATIENCE_MS);
    try {
      for (;;) {
        if (this.#fault !== undefined) throw this.#fault;
        if (isTrue()) return;
        if (isLate) throw new Error(`Waited in vain for ${what}; ${this.#summary()}`);
        if (this.#close !== undefined)
          throw new Error(`Closed while waiting for ${what}; ${this.#summary()}`);
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      clearTimeout(late);
    }
  }

  /** Ends the connection and waits until it is gone. Idempotent. Rejects when the server broke the protocol. */
  async leave(): Promise<WireClose> {
    if (this.socket.isPaused) this.socket.resume();
    this.socket.close();
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #changed(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  #received(data: RawData, isBinary: boolean): void {
    if (isBinary || !Buffer.isBuffer(data)) throw new Error('the base dialect has no binary messages');
    const message: unknown = JSON.parse(data.toString('utf8'));
    if (!isMessage(message)) throw new Error('a message is an object with a type');
    const { type } = message;
    const isFirst = this.messages.length === 0 && this.#pcm.length === 0;
    if (isFirst !== (type === 'session_start')) throw broken('must begin with one session_start', message);
    if (this.messages.at(-1)?.type === 'session_end') throw broken('comes after session_end', message);
    const fields = FIELDS.get(type);
    if (fields === undefined && !SUBSCRIBABLE.has(type)) throw broken('is of an unknown type', message);
    if (fields !== undefined && Object.keys(message).toSorted().join(',') !== fields) {
      throw broken(`must have the fields ${fields}`, message);
    }
    if (type === 'audio') {
      this.#pcm.push(this.#checkedAudio(message));
      return;
    }
    this.#check(message);
    this.messages.push(message);
  }

  #checkedAudio(message: WireMessage): Buffer {
    const { pcm, sample_rate, frame_ms, sequence } = message;
    if (sample_rate !== 48_000 || frame_ms !== 20) throw broken('must be 20 ms at 48 kHz', message);
    if (sequence !== this.#pcm.length + 1) {
      throw broken(`must have sequence ${this.#pcm.length + 1}`, message);
    }
    const bytes = typeof pcm === 'string' ? Buffer.from(pcm, 'base64') : Buffer.alloc(0);
    if (bytes.length !== PCM_BYTES || bytes.toString('base64') !== pcm) {
      throw broken(`must have ${PCM_BYTES} bytes in base64`, message);
    }
    return bytes;
  }

  #check(message: WireMessage): void {
    const { type, session_id, reason, code, message: text } = message;
    if (type === 'session_start') {
      if (typeof session_id !== 'string' || !UUID.test(session_id)) throw broken('must have a UUID', message);
      this.#sessionId = session_id;
    } else if (type === 'session_end') {
      if (session_id !== this.#sessionId) throw broken('must have the id of its session', message);
      if (!isOneOf(SESSION_END_REASONS, reason)) throw broken('has an unknown reason', message);
    } else if (type === 'error') {
      if (!isOneOf(ERROR_CODES, code)) throw broken('has an unknown code', message);
      if (typeof text !== 'string' || text === '') throw broken('must say what is wrong', message);
    }
  }

  #summary(): string {
    const end =
      this.#close === undefined ? 'still open' : `closed with ${this.#close.code} ${this.#close.reason}`;
    return `${end}, ${this.frameCount} frames, and ${JSON.stringify(this.messages.slice(-10))}`;
  }
}

function isMessage(value: unknown): value is WireMessage {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function isOneOf(known: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && known.includes(value);
}

function broken(rule: string, message: WireMessage): Error {
  return new Error(`The server broke the protocol: this ${rule}: ${JSON.stringify(message).slice(0, 300)}`);
}
