import { once } from 'node:events';
import {
  CLOSE_CODES,
  decodeAudioFrame,
  decodeServerMessageV1,
  PARLEY_V1,
  type AudioFrame,
  type ClientMessageV1,
  type ServerMessageV1,
  type SessionStartMessageV1,
} from '@parley/protocol/client';
import { WebSocket } from 'ws';

/** Something that the server sent, in the order of its coming. */
export type Received =
  | { readonly kind: 'frame'; readonly frame: AudioFrame }
  | { readonly kind: 'message'; readonly message: ServerMessageV1 };

/** A server message of one type. */
export type MessageOf<Type extends ServerMessageV1['type']> = Extract<ServerMessageV1, { type: Type }>;

/** Longer than anything a test waits for takes. */
const PATIENCE_MS = 60_000;
/** Samples of a frame of 20 ms. */
export const FRAME_SAMPLES = 960;
/** Samples of 20 ms at 16 kHz. */
const MICROPHONE_FRAME = 320;

/**
 * A client of `parley.v1` that does nothing by itself: it reports nothing, clears nothing and never comes back
 * unless told to. Every frame is held against the protocol as it comes: each sequence number and each place on
 * the sample axis once, also over a resume. Who connects it lets it leave; `await using` does so too.
 */
export class V1Client implements AsyncDisposable {
  readonly received: Received[] = [];
  /** When each frame came, in ms, in the order of {@link frames}. */
  readonly frameTimesMs: number[] = [];
  /** Messages that count as events for a resume. */
  #events = 0;
  readonly #url: string;
  #socket: WebSocket;
  #start: SessionStartMessageV1 | undefined;
  #nextSequence = 1;
  #fault: Error | undefined;
  #isClosed = false;
  readonly #waiting = new Set<() => void>();

  private constructor(url: string) {
    this.#url = url;
    this.#socket = this.#open(url);
  }

  /** Connects and waits for `session_start`. */
  static async connect(url: string): Promise<V1Client> {
    const client = new V1Client(url);
    await client.until(() => client.#start !== undefined, 'session_start');
    return client;
  }

  /** Connects to a server that answers with an error and closes; returns the code of the error. */
  static async refused(url: string): Promise<string> {
    const socket = new WebSocket(url, PARLEY_V1, { perMessageDeflate: false });
    let answer = '';
    socket.on('message', (data) => {
      if (Buffer.isBuffer(data)) answer = data.toString('utf8');
    });
    await once(socket, 'close');
    const decoded = decodeServerMessageV1(answer);
    return decoded.kind === 'ok' && decoded.message.type === 'error' ? decoded.message.code : answer;
  }

  /** As last told. */
  get start(): SessionStartMessageV1 {
    if (this.#start === undefined) throw new Error('no session has started');
    return this.#start;
  }

  /** Frames received, each once. */
  get frames(): readonly AudioFrame[] {
    return this.received.flatMap((entry) => (entry.kind === 'frame' ? [entry.frame] : []));
  }

  /** Frames received; cheap. */
  get frameCount(): number {
    return this.#nextSequence - 1;
  }

  /** Types of the messages received, in order. */
  get types(): readonly string[] {
    return this.received.flatMap((entry) => (entry.kind === 'message' ? [entry.message.type] : []));
  }

  /** Every message of a type, in order. */
  all<Type extends ServerMessageV1['type']>(type: Type): readonly MessageOf<Type>[] {
    return this.received.flatMap((entry) =>
      entry.kind === 'message' && isOf(entry.message, type) ? [entry.message] : [],
    );
  }

  /** How an utterance ended, as often as it was told. */
  endings(utteranceId: string): readonly MessageOf<'utterance_end'>[] {
    return this.all('utterance_end').filter(({ utterance_id: id }) => id === utteranceId);
  }

  /** The samples of the frames from number `from` (counted from 0) on. */
  samples(from: number = 0): Int16Array {
    const bytes = Buffer.concat(this.frames.slice(from).map(({ payload }) => payload));
    return Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(index * 2));
  }

  /** Frames that came after the message that is number `count` of its type. */
  framesAfter(type: ServerMessageV1['type'], count: number = 1): number {
    let seen = 0;
    let frames = 0;
    for (const entry of this.received) {
      if (entry.kind === 'message' && entry.message.type === type) seen += 1;
      if (entry.kind === 'frame' && seen >= count) frames += 1;
    }
    return frames;
  }

  send(message: ClientMessageV1): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends what may break the protocol. */
  sendRaw(message: unknown): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends bytes as a binary message. */
  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  say(text: string, utteranceId?: string): void {
    this.send({
      type: 'text',
      text,
      is_final: true,
      ...(utteranceId !== undefined && { utterance_id: utteranceId }),
    });
  }

  control(command: 'PAUSE' | 'RESUME' | 'STOP'): void {
    this.send({ type: 'control', command });
  }

  /** Sends microphone audio all at once, in messages of so many samples: the server counts time in samples. */
  hear(samples: Int16Array, messageSamples: number = MICROPHONE_FRAME): void {
    for (let from = 0; from < samples.length; from += messageSamples) {
      const part = samples.slice(from, from + messageSamples);
      this.sendBytes(new Uint8Array(part.buffer));
    }
  }

  /** Waits until the server has processed everything sent so far. */
  async settled(): Promise<void> {
    const t = performance.now();
    this.send({ type: 'ping', t });
    await this.until(() => this.all('pong').some((pong) => pong.t === t), 'the answer to a ping');
  }

  /** Waits until `count` frames have come in all. */
  async framesReach(count: number): Promise<void> {
    await this.until(() => this.frameCount >= count, `frame ${count}`);
  }

  /** Waits for the message that makes `count` of this type. */
  async message<Type extends ServerMessageV1['type']>(
    type: Type,
    count: number = 1,
  ): Promise<MessageOf<Type>> {
    await this.until(() => this.types.filter((name) => name === type).length >= count, `${type} ${count}`);
    const found = this.all(type)[count - 1];
    if (found === undefined) throw new Error(`no ${type}`);
    return found;
  }

  /** Waits until `isTrue`, which is asked whenever something has come. */
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
        const seen = `${this.frameCount} frames and ${this.types.slice(-12).join(', ')}`;
        if (isLate) throw new Error(`waited in vain for ${what} with ${seen}`);
        if (this.#isClosed) throw new Error(`closed while waiting for ${what} with ${seen}`);
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      clearTimeout(late);
    }
  }

  /** Cuts the connection without a goodbye; what is on its way is lost. */
  cut(): void {
    this.#socket.removeAllListeners('message');
    this.#socket.terminate();
  }

  /** Leaves the connection open and takes nothing more from it. */
  abandon(): void {
    this.#socket.removeAllListeners('message');
  }

  /** Takes the session up on a connection whose every answer is lost, and cuts that too. */
  async resumeUnheard(): Promise<void> {
    const socket = new WebSocket(this.#resumeUrl(), PARLEY_V1, { perMessageDeflate: false });
    await once(socket, 'message');
    socket.terminate();
    await once(socket, 'close');
  }

  /** Connects again and takes the session up, from what was received so far. */
  async resume(): Promise<SessionStartMessageV1> {
    const { session_id: sessionId } = this.start;
    const url = this.#resumeUrl();
    this.#start = undefined;
    this.#isClosed = false;
    this.#socket = this.#open(url);
    await this.until(() => this.#start !== undefined, 'session_start');
    if (this.start.session_id !== sessionId) throw new Error('the server gave another session');
    return this.start;
  }

  /** Leaves and waits until the connection is gone. Idempotent. */
  async leave(): Promise<void> {
    this.#socket.close(CLOSE_CODES.NORMAL);
    if (this.#socket.readyState !== WebSocket.CLOSED) await once(this.#socket, 'close');
    if (this.#fault !== undefined) throw this.#fault;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #resumeUrl(): string {
    const query = new URLSearchParams({
      resume: this.start.resume_token,
      samples: String(this.frameCount * FRAME_SAMPLES),
      events: String(this.#events),
    });
    return `${this.#url}/?${query.toString()}`;
  }

  #open(url: string): WebSocket {
    const socket = new WebSocket(url, PARLEY_V1, { perMessageDeflate: false });
    socket.on('message', (data, isBinary) => {
      try {
        if (!Buffer.isBuffer(data)) throw new Error('not a Buffer');
        if (isBinary) this.#onFrame(data);
        else this.#onText(data.toString('utf8'));
      } catch (error) {
        this.#fault ??= error instanceof Error ? error : new Error(String(error));
      }
      this.#changed();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (socket !== this.#socket) return;
      this.#isClosed = true;
      this.#changed();
    });
    return socket;
  }

  #onFrame(bytes: Buffer): void {
    const decoded = decodeAudioFrame(bytes);
    if (decoded.kind === 'invalid') throw new Error(decoded.problem);
    const { frame } = decoded;
    const { sequence, sampleOffset, payload } = frame;
    if (sequence !== this.#nextSequence) {
      throw new Error(`frame ${sequence} came where ${this.#nextSequence} was due`);
    }
    if (sampleOffset !== (sequence - 1) * FRAME_SAMPLES || payload.byteLength !== 2 * FRAME_SAMPLES) {
      throw new Error(`frame ${sequence} is at sample ${sampleOffset} with ${payload.byteLength} bytes`);
    }
    this.#nextSequence += 1;
    this.frameTimesMs.push(performance.now());
    this.received.push({ kind: 'frame', frame });
  }

  #onText(text: string): void {
    const decoded = decodeServerMessageV1(text);
    if (decoded.kind !== 'ok') throw new Error(`the server sent ${text}`);
    const { message } = decoded;
    if (message.type === 'session_start') this.#start = message;
    else if (this.#start === undefined) throw new Error(`${message.type} came before session_start`);
    else this.#events += 1;
    this.received.push({ kind: 'message', message });
  }

  #changed(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

function isOf<Type extends ServerMessageV1['type']>(
  message: ServerMessageV1,
  type: Type,
): message is MessageOf<Type> {
  return message.type === type;
}
