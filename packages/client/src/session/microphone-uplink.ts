import { opusDurationMs, type InputFormat } from '@parley/protocol/client';
import type { Microphone } from '../microphone/microphone.ts';
import { AudioBacklog } from './audio-backlog.ts';
import type { Connection } from './connection.ts';
import { toMicrophoneBytes } from './microphone-bytes.ts';

/** Options of {@link MicrophoneUplink}. */
export interface MicrophoneUplinkOptions {
  readonly connection: Pick<Connection, 'send' | 'state' | 'bufferedBytes'>;
  /** Audio kept while it cannot be sent, in ms. */
  readonly backlogMs: number;
  /** Told why a microphone could not be closed. */
  readonly onCloseFailed: (cause: unknown) => void;
}

/** Audio that may wait in a socket before more is held back, in ms. Late speech is of no use. */
const MAX_BUFFERED_MS = 2000;

/** What Opus takes at most for speech, in bytes a millisecond: 64 kbit/s. */
const OPUS_BYTES_PER_MS = 8;

/** Sends microphone audio, and keeps the newest while it cannot. */
export class MicrophoneUplink {
  readonly #connection: MicrophoneUplinkOptions['connection'];
  readonly #backlog: AudioBacklog;
  readonly #onCloseFailed: MicrophoneUplinkOptions['onCloseFailed'];
  readonly #microphones = new Set<Microphone>();
  #isClosed = false;

  constructor({ connection, backlogMs, onCloseFailed }: MicrophoneUplinkOptions) {
    this.#connection = connection;
    this.#onCloseFailed = onCloseFailed;
    this.#backlog = new AudioBacklog(backlogMs);
  }

  /** Sends audio in the format that is set; throws where it does not fit. */
  send(audio: Int16Array | Uint8Array, format: InputFormat): void {
    const bytes = toMicrophoneBytes(audio, format.encoding);
    this.#backlog.add(bytes, durationMs(bytes, format));
    this.flush(format);
  }

  /** Sends what was kept, if that is possible now. */
  flush(format: InputFormat): void {
    const { bufferedBytes, state } = this.#connection;
    if (state.kind !== 'open' || bufferedBytes > MAX_BUFFERED_MS * bytesPerMs(format)) return;
    for (const message of this.#backlog.take()) this.#connection.send(message);
  }

  /** Makes a microphone its own: it is closed when it has ended and by {@link close}, or at once after that. */
  adopt(microphone: Microphone): void {
    this.#microphones.add(microphone);
    const release = (): void => this.#release(microphone);
    if (this.#isClosed) release();
    else void microphone.ended.then(release, release);
  }

  /** Closes every microphone that is its own. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const microphone of this.#microphones) this.#release(microphone);
  }

  #release(microphone: Microphone): void {
    if (this.#microphones.delete(microphone)) microphone.close().catch(this.#onCloseFailed);
  }
}

function durationMs(bytes: Uint8Array, format: InputFormat): number {
  if (format.encoding === 'opus') return opusDurationMs(bytes) ?? 0;
  return bytes.byteLength / bytesPerMs(format);
}

function bytesPerMs({ encoding, sample_rate: rateHz }: InputFormat): number {
  switch (encoding) {
    case 'pcm_s16le':
      return (2 * rateHz) / 1000;
    case 'mulaw':
      return rateHz / 1000;
    case 'opus':
      return OPUS_BYTES_PER_MS;
    default:
      return encoding satisfies never;
  }
}
