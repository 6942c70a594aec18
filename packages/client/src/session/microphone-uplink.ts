import type { InputFormat } from '@parley/protocol/client';
import type { Microphone } from '../microphone/microphone.ts';
import { AudioBacklog } from './audio-backlog.ts';
import type { Connection } from './connection.ts';
import { toMicrophoneBytes } from './microphone-bytes.ts';

/** Options of {@link MicrophoneUplink}. */
export interface MicrophoneUplinkOptions {
  readonly connection: Pick<Connection, 'send' | 'state' | 'bufferedBytes'>;
  /** Audio kept while it cannot be sent, in ms. */
  readonly backlogMs: number;
}

/** Bytes of a millisecond of 16-bit samples at 16 kHz, the usual form of microphone audio. */
const BYTES_PER_MS = 32;

/** What may wait in a socket before audio is held back: 2 seconds. Late speech is of no use. */
const MAX_BUFFERED_BYTES = 64_000;

/** Sends microphone audio, and keeps the newest while it cannot. */
export class MicrophoneUplink {
  readonly #connection: MicrophoneUplinkOptions['connection'];
  readonly #backlog: AudioBacklog;
  readonly #microphones = new Set<Microphone>();

  constructor({ connection, backlogMs }: MicrophoneUplinkOptions) {
    this.#connection = connection;
    this.#backlog = new AudioBacklog(backlogMs * BYTES_PER_MS);
  }

  /** Sends audio in the format that is set; throws where it does not fit. */
  send(audio: Int16Array | Uint8Array, { encoding }: InputFormat): void {
    this.#backlog.add(toMicrophoneBytes(audio, encoding));
    this.flush();
  }

  /** Sends what was kept, if that is possible now. */
  flush(): void {
    if (this.#connection.state.kind !== 'open' || this.#connection.bufferedBytes > MAX_BUFFERED_BYTES) return;
    for (const message of this.#backlog.take()) this.#connection.send(message);
  }

  /** Makes a microphone its own: it is closed by {@link close} or when it has ended. */
  adopt(microphone: Microphone): void {
    this.#microphones.add(microphone);
  }

  /** Closes every microphone that is its own. */
  async close(): Promise<void> {
    const microphones = [...this.#microphones];
    this.#microphones.clear();
    await Promise.all(microphones.map((microphone) => microphone.close()));
  }
}
