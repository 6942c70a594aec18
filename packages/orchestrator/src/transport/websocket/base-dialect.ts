import { bytesPerFrame } from '@parley/audio';
import { decodeClientMessage, encodeServerMessage } from '@parley/protocol';
import type { EventMessage, LinkDefaults } from '../../session/ports/client-link.ts';
import type { DecodedMessage, Dialect } from './dialect.ts';
import { base64Length, encodeAudioMessage } from './websocket-protocol.ts';

/** The dialect of clients that name no subprotocol: JSON both ways, and no message that they did not ask for. */
export class BaseDialect implements Dialect {
  readonly subprotocol = '';
  readonly defaults: LinkDefaults;
  readonly controlsBuffer = false;
  readonly audioMessageBytes: number = base64Length(bytesPerFrame());
  #subscribed: ReadonlySet<string> = new Set();

  /** `leadMs`: how far ahead of real time audio is sent. */
  constructor(leadMs: number) {
    this.defaults = {
      output: { encoding: 'pcm_s16le', sample_rate: 48_000, container: 'json' },
      playout_lead_ms: leadMs,
    };
  }

  decode(text: string): DecodedMessage {
    const decoded = decodeClientMessage(text);
    if (decoded.kind === 'ok' && decoded.message.type === 'subscribe') {
      this.#subscribed = new Set(decoded.message.events);
    }
    return decoded;
  }

  encode(message: EventMessage): string | undefined {
    switch (message.type) {
      case 'session_start':
        return encodeServerMessage({ type: 'session_start', session_id: message.session_id });
      case 'session_end':
      case 'error':
        return encodeServerMessage(message);
      case 'state':
      case 'utterance_start':
        return this.#subscribed.has(message.type) ? encodeServerMessage(message) : undefined;
      case 'utterance_end': {
        if (!this.#subscribed.has(message.type)) return undefined;
        const { type, utterance_id, reason } = message;
        return encodeServerMessage({ type, utterance_id, reason });
      }
      case 'session_updated':
      case 'speech_started':
      case 'speech_stopped':
      case 'transcript':
      case 'pause':
      case 'resume':
      case 'clear':
      case 'warning':
      case 'pong':
        return undefined;
      default:
        return message satisfies never;
    }
  }

  encodeAudio(frame: Uint8Array, sequence: number): Buffer {
    return encodeAudioMessage(frame, sequence);
  }

  configure(): void {}

  close(): void {}
}
