import {
  applySettingsUpdate,
  AUDIO_HEADER_BYTES,
  AUDIO_KINDS,
  encodeAudioMessageV1,
  encodeServerMessageV1,
  writeAudioHeader,
  type AudioMessageV1,
  type ClientMessageV1,
  type ResumeRequest,
  type ServerMessageV1,
  type SessionLimits,
  type SessionUpdateMessage,
  type SessionSettings,
  type SessionStartMessageV1,
} from '@parley/protocol';
import type { WebSocket } from 'ws';

/** A frame that the server has said, kept for clients that come back. */
interface SaidFrame {
  readonly sampleOffset: number;
  readonly samples: number;
  readonly message: Buffer | string;
}

/** Everything but the first message and audio. */
export type TestEvent = Exclude<ServerMessageV1, SessionStartMessageV1 | AudioMessageV1>;

const FRAME_MS = 20;

/** The sample that the server says at a place of the sample axis: a tone of 440 Hz. */
export function toneSample(offset: number, sampleRateHz: number): number {
  // Not minus zero, which no 16-bit sample can be.
  return Math.round(8000 * Math.sin((2 * Math.PI * 440 * offset) / sampleRateHz)) + 0;
}

/** One session of the test server. Keeps all it ever said, so that it can always be resumed. */
export class TestSession {
  readonly id: string;
  settings: SessionSettings;
  /** What it tells its client; the session itself takes anything. */
  readonly limits: SessionLimits = {
    max_message_bytes: 262_144,
    max_text_characters: 10_000,
    max_queued_characters: 50_000,
    resume_window_seconds: 30,
  };
  generation = 0;
  /** Text messages of the client, in order, each once. */
  readonly received: ClientMessageV1[] = [];
  /** Bytes of microphone audio, in order. */
  readonly heard: Uint8Array[] = [];
  /** Called for each text message that is not answered by the session itself. */
  onMessage: (message: ClientMessageV1) => void = () => {};
  /** Called for each piece of microphone audio. */
  onAudio: (bytes: Uint8Array) => void = () => {};
  #socket: WebSocket | undefined;
  #token = 0;
  #sequence = 0;
  #sampleOffset = 0;
  readonly #events: string[] = [];
  readonly #frames: SaidFrame[] = [];

  constructor(id: string, settings: SessionSettings) {
    this.id = id;
    this.settings = settings;
  }

  /** The token that takes up this session now. */
  get token(): string {
    return `${this.id}.${this.#token}`;
  }

  /** Whether a client is there. */
  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Frames said so far. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Samples said so far. */
  get sampleOffset(): number {
    return this.#sampleOffset;
  }

  /** Goes on over this socket: starts, and says again what the client has missed. */
  attach(socket: WebSocket, resume: ResumeRequest | undefined): void {
    this.#socket?.terminate();
    this.#socket = socket;
    this.#token += 1;
    const start: SessionStartMessageV1 = {
      type: 'session_start',
      session_id: this.id,
      protocol: 'parley.v1',
      resume_token: this.token,
      resumed: resume !== undefined,
      settings: this.settings,
      limits: this.limits,
      client_messages: this.received.length,
    };
    socket.send(encodeServerMessageV1(start));
    if (resume === undefined) return;
    for (const event of this.#events.slice(resume.events)) socket.send(event);
    for (const frame of this.#frames) {
      if (frame.sampleOffset + frame.samples > resume.samples) socket.send(frame.message);
    }
  }

  /** The socket is gone. */
  detach(socket: WebSocket): void {
    if (this.#socket === socket) this.#socket = undefined;
  }

  /** Cuts the connection without a goodbye. */
  cut(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }

  /** Ends the connection with a closing handshake. */
  leave(code: number, reason = ''): void {
    this.#socket?.close(code, reason);
  }

  /** Tells the client, now or when it comes back. */
  send(message: TestEvent): void {
    this.sendEvent(encodeServerMessageV1(message));
  }

  /** Tells it something that may not even be a message. */
  sendEvent(encoded: string): void {
    this.#events.push(encoded);
    this.#socket?.send(encoded);
  }

  /** Sends bytes that may break the protocol; they are not kept. */
  sendRaw(data: string | Uint8Array): void {
    this.#socket?.send(data);
  }

  /** Says frames of the tone, now or when the client comes back. */
  say(frames: number, generation: number = this.generation): void {
    const { sample_rate: rateHz } = this.settings.output;
    const samples = (rateHz * FRAME_MS) / 1000;
    for (let i = 0; i < frames; i += 1) {
      this.#sequence += 1;
      const pcm = Buffer.alloc(2 * samples);
      for (let n = 0; n < samples; n += 1) {
        pcm.writeInt16LE(toneSample(this.#sampleOffset + n, rateHz), 2 * n);
      }
      const message = this.#wrap(pcm, generation);
      this.#frames.push({ sampleOffset: this.#sampleOffset, samples, message });
      this.#sampleOffset += samples;
      this.#socket?.send(message);
    }
  }

  #wrap(pcm: Buffer, generation: number): Buffer | string {
    const { sample_rate: rateHz, container, encoding } = this.settings.output;
    if (container === 'json') {
      return encodeAudioMessageV1({
        type: 'audio',
        pcm: pcm.toString('base64'),
        sample_rate: rateHz,
        frame_ms: FRAME_MS,
        sequence: this.#sequence,
        generation,
        sample_offset: this.#sampleOffset,
      });
    }
    const header = new Uint8Array(AUDIO_HEADER_BYTES);
    writeAudioHeader(header, 0, AUDIO_KINDS[encoding], 0, generation, this.#sequence, this.#sampleOffset);
    return Buffer.concat([header, pcm]);
  }

  /** Interrupts: what was said is void, and the next generation begins. */
  clear(): void {
    const { generation } = this;
    this.generation += 1;
    this.send({ type: 'clear', generation });
  }

  /** A text message came in. */
  onText(message: ClientMessageV1): void {
    this.received.push(message);
    if (message.type === 'ping') this.send({ type: 'pong', t: message.t });
    else if (message.type === 'session_update') this.#onUpdate(message);
    else if (message.type === 'end_session') this.end();
    else this.onMessage(message);
  }

  /** Ends as `completed`. */
  end(): void {
    this.send({ type: 'session_end', session_id: this.id, reason: 'completed' });
    this.leave(1000);
  }

  /** Microphone audio came in. */
  onBinary(bytes: Uint8Array): void {
    this.heard.push(bytes);
    this.onAudio(bytes);
  }

  #onUpdate(update: SessionUpdateMessage): void {
    const applied = applySettingsUpdate(this.settings, update, { responder: { mode: 'none' } });
    if (applied.kind === 'invalid') {
      this.send({ type: 'error', code: 'INVALID_MESSAGE', message: applied.problem });
      return;
    }
    this.settings = applied.settings;
    this.send({ type: 'session_updated', settings: applied.settings });
  }
}
