import { WebSocket } from 'ws';
import { type AudioMessageReader, frameBytes, frameSamples } from './audio-message-reader.ts';
import type { FrameTally } from './frame-tally.ts';
import type { LatencyHistogram } from './latency-histogram.ts';
import type { OffsetLog, SteadyWindow } from './steady-window.ts';

/** What {@link LoadSession} is made of; reader, tally and histogram are shared by all sessions. */
export interface LoadSessionOptions {
  readonly url: string;
  readonly reader: AudioMessageReader;
  readonly tally: FrameTally;
  readonly firstAudio: LatencyHistogram;
  readonly content: 'counted' | 'any';
}

const frameMs = 20;

/** How many frames pass between two whose every sample is compared; of the others, the first and the last are. */
const wholeCheckEvery = 64;

/** One base-dialect client that counts and checks every frame it receives. Close it with `close()`. */
export class LoadSession {
  readonly #options: LoadSessionOptions;
  readonly #socket: WebSocket;
  #sequence = 0;
  #lastSample = -1;
  #spokeAtMs = 0;
  #anchorMs = 0;
  #anchorSequence = 0;
  /** How long the listener has heard nothing since the anchor. */
  #silenceMs = 0;
  #lastFrameMs = 0;
  #frames = 0;
  #window: SteadyWindow | undefined;
  #log: OffsetLog | undefined;
  #onFrame: (() => void) | undefined;
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  #closing = false;

  private constructor(options: LoadSessionOptions, socket: WebSocket) {
    this.#options = options;
    this.#socket = socket;
  }

  /** Connects; resolves once `session_start` (or, from a server without one, the open socket) is there. */
  static connect(options: LoadSessionOptions): Promise<LoadSession> {
    const socket = new WebSocket(options.url, { perMessageDeflate: false, skipUTF8Validation: true });
    const session = new LoadSession(options, socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(session));
      socket.on('error', (cause) => {
        session.#note(`connection: ${cause.message}`);
        reject(cause);
      });
      socket.on('message', (data: Buffer) => session.#receive(data));
      socket.on('close', (code, reason) => {
        session.#ended.resolve();
        if (session.#closing) return;
        options.tally.disconnects += 1;
        session.#note(`closed by the server: ${code} ${reason.toString()}`);
      });
    });
  }

  /** Resolves when the connection has ended, by whomever. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Frames received so far. */
  get frames(): number {
    return this.#frames;
  }

  /** When the last frame arrived, as `performance.now()`. */
  get lastFrameMs(): number {
    return this.#lastFrameMs;
  }

  /** Sends one text; the next frame becomes the anchor of the sample clock. */
  speak(text: string): void {
    this.#anchorMs = 0;
    this.#lastSample = -1;
    this.#socket.send(JSON.stringify({ type: 'text', text, is_final: true }));
    this.#spokeAtMs = performance.now();
  }

  /** Sends one command. */
  control(command: 'PAUSE' | 'RESUME' | 'STOP'): void {
    this.#socket.send(JSON.stringify({ type: 'control', command }));
  }

  /** Resolves at the next frame. */
  nextFrame(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFrame = resolve;
    });
  }

  /** Counts into `window` from now on; `undefined` ends that. */
  countInto(window: SteadyWindow | undefined): void {
    this.#window = window;
    this.#log = window?.openLog();
  }

  /** Leaves. Idempotent. */
  close(): void {
    this.#closing = true;
    this.#socket.terminate();
  }

  #receive(data: Buffer): void {
    const nowMs = performance.now();
    const { reader } = this.#options;
    let sequence = reader.read(data);
    if (sequence === 0) {
      sequence = this.#parse(data);
      if (sequence === 0) return;
    }
    const { tally } = this.#options;
    tally.frames += 1;
    this.#frames += 1;
    this.#lastFrameMs = nowMs;
    const expected = this.#sequence + 1;
    if (sequence > expected) {
      tally.gaps += 1;
      tally.lost += sequence - expected;
    } else if (sequence < expected) {
      tally.duplicates += 1;
    }
    if (sequence > this.#sequence) this.#sequence = sequence;
    if (this.#options.content === 'counted') this.#checkContent(data);
    if (this.#anchorMs === 0) {
      this.#anchorMs = nowMs;
      this.#silenceMs = 0;
      this.#anchorSequence = sequence;
      this.#options.firstAudio.record(nowMs - this.#spokeAtMs);
    } else {
      const offsetMs = nowMs - this.#anchorMs - (sequence - this.#anchorSequence) * frameMs;
      const latenessMs = offsetMs - this.#silenceMs;
      if (latenessMs > 0) this.#silenceMs = offsetMs;
      if (this.#log !== undefined) this.#window?.record(this.#log, latenessMs, offsetMs);
    }
    if (this.#onFrame !== undefined) {
      const onFrame = this.#onFrame;
      this.#onFrame = undefined;
      onFrame();
    }
  }

  #checkContent(data: Buffer): void {
    const { reader, tally } = this.#options;
    tally.contentChecked += 1;
    const first = reader.firstSample(data);
    const last = reader.lastSample(data);
    const follows = this.#lastSample === -1 || ((first - this.#lastSample) & 0xffff) === 1;
    const whole = ((last - first) & 0xffff) === frameSamples - 1;
    this.#lastSample = last;
    if (!follows || !whole || (this.#frames % wholeCheckEvery === 0 && !isCounted(reader.pcm(data)))) {
      tally.contentBreaks += 1;
    }
  }

  /** Handles what the reader could not; returns the sequence number when it was audio after all. */
  #parse(data: Buffer): number {
    const message: unknown = JSON.parse(data.toString('utf8'));
    if (!isRecord(message)) return 0;
    if (message['type'] === 'audio' && typeof message['pcm'] === 'string') {
      const size = Buffer.byteLength(message['pcm'], 'base64');
      if (size !== frameBytes || message['sample_rate'] !== 48_000) {
        this.#options.tally.wrongSize += 1;
        this.#note(`audio message with ${size} bytes at ${String(message['sample_rate'])} Hz`);
      }
      this.#options.reader.learn(data, { pcm: message['pcm'] });
      // Reads it once more, so that the reader points into this message.
      const again = this.#options.reader.read(data);
      return again === 0 ? Number(message['sequence']) : again;
    }
    if (message['type'] === 'error') {
      this.#options.tally.errors += 1;
      this.#note(`error ${String(message['code'])}: ${String(message['message'])}`);
    }
    return 0;
  }

  #note(problem: string): void {
    if (!this.#closing) this.#options.tally.firstError ??= problem;
  }
}

function isCounted(pcm: Buffer): boolean {
  for (let at = 2; at < pcm.length; at += 2) {
    if (((pcm.readUInt16LE(at) - pcm.readUInt16LE(at - 2)) & 0xffff) !== 1) return false;
  }
  return pcm.length === frameBytes;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
