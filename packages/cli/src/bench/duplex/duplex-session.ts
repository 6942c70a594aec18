import { AUDIO_HEADER_BYTES, CLOSE_CODES, PARLEY_V1 } from '@parley/protocol';
import { WebSocket } from 'ws';
import type { MicrophoneFrames } from './user-audio.ts';

/** Counters that all sessions of a load generator share. */
export interface DuplexTally {
  frames: number;
  lost: number;
  duplicates: number;
  broken: number;
  errors: number;
  falseAlarms: number;
  firstError: string | undefined;
  framesOut: number;
}

/** Options of {@link DuplexSession.connect}. */
export interface DuplexSessionOptions {
  readonly url: string;
  readonly tally: DuplexTally;
  readonly quiet: MicrophoneFrames;
}

/** An interruption as its client met it. Times as `performance.now()`. */
export interface Interruption {
  /** When the first sound was made: the beginning of its frame. */
  readonly onsetMs: number;
  /** When the last frame came before the clear, held or not. */
  lastFrameMs: number;
  /** When the client was told to hold. */
  heldMs: number | undefined;
  /** When the microphone audio was sent with which the server decided; what follows is the server's doing. */
  decidedMs: number | undefined;
  clearedMs: number | undefined;
}

const FRAME_MS = 20;
const FRAME_BYTES = 1920;
/** Microphone frames whose time of sending is known: more than any engine takes to decide. */
const KEPT_TIMES = 512;

/** One client of `parley.v1` that hears speech and sends microphone audio all the time. Close it with `close()`. */
export class DuplexSession {
  readonly #options: DuplexSessionOptions;
  readonly #socket: WebSocket;
  #sequence = 0;
  #generation = -1;
  #lastSample = -1;
  #frames = 0;
  #lastFrameMs = 0;
  #sent = 0;
  readonly #sentMs = new Float64Array(KEPT_TIMES);
  #voice: MicrophoneFrames = [];
  #voiceAt = 0;
  #interruption: Interruption | undefined;
  #isHeldByClient = false;
  #wake: (() => void) | undefined;
  #isClosing = false;

  private constructor(options: DuplexSessionOptions) {
    this.#options = options;
    this.#socket = new WebSocket(options.url, PARLEY_V1, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
  }

  /** Connects; resolves once the session has started. */
  static connect(options: DuplexSessionOptions): Promise<DuplexSession> {
    const session = new DuplexSession(options);
    const socket = session.#socket;
    return new Promise((resolve, reject) => {
      socket.on('error', (error) => {
        session.#note(`connection: ${error.message}`);
        reject(error);
      });
      socket.once('message', () => resolve(session));
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (isBinary) session.#onFrame(data);
        else session.#onText(data.toString('latin1'));
      });
      socket.on('close', (code, reason) => {
        if (!session.#isClosing) session.#note(`closed by the server: ${code} ${reason.toString()}`);
      });
    });
  }

  /** Frames of speech received so far. */
  get frames(): number {
    return this.#frames;
  }

  /** When the last one came. */
  get lastFrameMs(): number {
    return this.#lastFrameMs;
  }

  /** Has a text spoken. */
  speak(text: string): void {
    this.#socket.send(JSON.stringify({ type: 'text', text, is_final: true }));
  }

  /** Sends one command. */
  control(command: 'PAUSE' | 'RESUME' | 'STOP'): void {
    // What follows is no false alarm of the ears.
    this.#isHeldByClient = true;
    this.#socket.send(JSON.stringify({ type: 'control', command }));
  }

  /** Sends the next 20 ms of microphone audio: of a voice that was begun, or else of the quiet room. */
  sendMicrophone(): void {
    const { quiet, tally } = this.#options;
    const voiced = this.#voice[this.#voiceAt];
    if (voiced !== undefined) this.#voiceAt += 1;
    const frame = voiced ?? quiet[this.#sent % quiet.length];
    this.#sentMs[this.#sent % KEPT_TIMES] = performance.now();
    this.#sent += 1;
    tally.framesOut += 1;
    if (frame !== undefined) this.#socket.send(frame);
  }

  /** Begins to speak into the microphone, with the next frame; that frame's time is the onset. */
  interrupt(voice: MicrophoneFrames): Interruption {
    this.#voice = voice;
    this.#voiceAt = 0;
    this.sendMicrophone();
    const now = performance.now();
    const interruption: Interruption = {
      onsetMs: now - FRAME_MS,
      lastFrameMs: this.#lastFrameMs,
      heldMs: undefined,
      decidedMs: undefined,
      clearedMs: undefined,
    };
    this.#interruption = interruption;
    return interruption;
  }

  /** Resolves at the next frame. */
  nextFrame(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Leaves. Idempotent. */
  close(): void {
    this.#isClosing = true;
    this.#socket.close(CLOSE_CODES.NORMAL);
  }

  #onFrame(data: Buffer): void {
    const { tally } = this.#options;
    const nowMs = performance.now();
    tally.frames += 1;
    this.#frames += 1;
    this.#lastFrameMs = nowMs;
    const generation = data.readUInt32LE(4);
    const sequence = data.readUInt32LE(8);
    if (sequence > this.#sequence + 1) tally.lost += sequence - this.#sequence - 1;
    else if (sequence <= this.#sequence) tally.duplicates += 1;
    this.#sequence = sequence;
    this.#checkSamples(data, generation);
    const interruption = this.#interruption;
    if (interruption !== undefined && interruption.clearedMs === undefined) interruption.lastFrameMs = nowMs;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Every sample is one more than the one before. */
  #checkSamples(data: Buffer, generation: number): void {
    const first = data.readInt16LE(AUDIO_HEADER_BYTES);
    const last = data.readInt16LE(data.length - 2);
    const follows = generation !== this.#generation || ((first - this.#lastSample) & 0xffff) === 1;
    const isWhole =
      data.length === AUDIO_HEADER_BYTES + FRAME_BYTES && ((last - first) & 0xffff) === FRAME_BYTES / 2 - 1;
    if (!follows || !isWhole) this.#options.tally.broken += 1;
    this.#generation = generation;
    this.#lastSample = last;
  }

  #onText(text: string): void {
    const interruption = this.#interruption;
    if (text.startsWith('{"type":"pause"')) {
      if (interruption !== undefined) interruption.heldMs ??= performance.now();
      else if (!this.#isHeldByClient) this.#options.tally.falseAlarms += 1;
    } else if (text.startsWith('{"type":"speech_started"')) {
      if (interruption !== undefined) interruption.decidedMs ??= this.#sentMsOf(text);
    } else if (text.startsWith('{"type":"clear"')) {
      if (interruption !== undefined) interruption.clearedMs ??= performance.now();
    } else if (text.startsWith('{"type":"error"')) {
      this.#note(text);
    }
  }

  /** When the microphone audio was sent that was the newest when the server decided. */
  #sentMsOf(text: string): number | undefined {
    const decidedAtMs = /"decided_at_ms":(\d+)/.exec(text)?.[1];
    const frame = Math.ceil(Number(decidedAtMs) / FRAME_MS) - 1;
    // Not where the server does not say, nor where the time is no longer kept.
    if (!(frame >= 0 && frame < this.#sent && frame >= this.#sent - KEPT_TIMES)) return undefined;
    return this.#sentMs[frame % KEPT_TIMES];
  }

  #note(problem: string): void {
    this.#options.tally.errors += 1;
    this.#options.tally.firstError ??= problem;
  }
}
