import { once } from 'node:events';
import { CLOSE_CODES, PARLEY_V1 } from '@parley/protocol';
import { WebSocket } from 'ws';

/** What a client met while its microphone was heard. Times are ms of `performance.now()`. */
export interface SessionEventLog {
  /** Each time speech was held: when the hold came, and the last frame before it. */
  readonly holds: readonly { readonly atMs: number; readonly lastFrameMs: number }[];
  /** Each time speech was dropped for good. */
  readonly clearsMs: readonly number[];
  /** Frames that came while speech was held: there must be none. */
  readonly framesWhileHeld: number;
}

/** Long enough to be spoken all through a clip. */
const STORY = 'This is what the system has to say, and it goes on for quite a while. '.repeat(12);

/** A client to which the system speaks all the time: when it is interrupted, it begins anew. */
export class InterruptedSession {
  readonly #socket: WebSocket;
  readonly #holds: { atMs: number; lastFrameMs: number }[] = [];
  readonly #clearsMs: number[] = [];
  #framesWhileHeld = 0;
  #isHeld = false;
  #lastFrameMs = 0;
  #onFrame: () => void = () => {};

  private constructor(url: string) {
    this.#socket = new WebSocket(url, PARLEY_V1, { perMessageDeflate: false });
    this.#socket.on('message', (data, isBinary) => {
      if (isBinary) this.#gotFrame();
      else if (Buffer.isBuffer(data)) this.#gotMessage(data.toString('utf8'));
    });
  }

  /** Connects and waits until the system speaks. The caller closes it. */
  static async open(url: string): Promise<InterruptedSession> {
    const session = new InterruptedSession(url);
    await once(session.#socket, 'open');
    const speaks = new Promise<void>((resolve) => {
      session.#onFrame = resolve;
    });
    session.#say();
    await speaks;
    return session;
  }

  /** What has happened so far. */
  get log(): SessionEventLog {
    return { holds: this.#holds, clearsMs: this.#clearsMs, framesWhileHeld: this.#framesWhileHeld };
  }

  /** Sends microphone audio, s16 at 16 kHz. */
  hear(samples: Int16Array): void {
    this.#socket.send(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  /** Leaves. */
  async close(): Promise<void> {
    // Without a goodbye the server would wait for it to come back.
    this.#socket.close(CLOSE_CODES.NORMAL);
    await once(this.#socket, 'close');
  }

  #say(): void {
    this.#socket.send(JSON.stringify({ type: 'text', text: STORY }));
  }

  #gotFrame(): void {
    if (this.#isHeld) this.#framesWhileHeld += 1;
    else this.#lastFrameMs = performance.now();
    this.#onFrame();
  }

  #gotMessage(text: string): void {
    const message: unknown = JSON.parse(text);
    if (typeof message !== 'object' || message === null || !('type' in message)) return;
    switch (message.type) {
      case 'pause':
        this.#isHeld = true;
        this.#holds.push({ atMs: performance.now(), lastFrameMs: this.#lastFrameMs });
        return;
      case 'resume':
        this.#isHeld = false;
        return;
      case 'clear':
        this.#isHeld = false;
        this.#clearsMs.push(performance.now());
        return;
      case 'utterance_end':
        this.#say();
        return;
      case 'error':
        throw new Error(`the server said ${text}`);
      default:
    }
  }
}
