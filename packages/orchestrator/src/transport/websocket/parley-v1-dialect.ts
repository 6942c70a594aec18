import { FRAME_MS, type ResamplerFactory } from '@parley/audio';
import {
  AUDIO_HEADER_BYTES,
  AUDIO_KINDS,
  audioJsonMiddle,
  audioJsonSuffixV1,
  decodeClientMessageV1,
  encodeServerMessageV1,
  PARLEY_V1,
  writeAudioHeader,
  type SessionSettings,
} from '@parley/protocol';
import type { EventMessage, LinkDefaults } from '../../session/ports/client-link.ts';
import { createAudioEncoder, type AudioEncoder } from './audio-encoder.ts';
import type { DecodedMessage, Dialect } from './dialect.ts';
import { BINARY_OPCODE, frameHeaderBytes, newFrame } from './websocket-frame.ts';
import { base64Length, encodeAudioMessage } from './websocket-protocol.ts';

/** Bytes of an `audio` message beside its samples, about. */
const JSON_FIELDS_BYTES = 120;

/** The dialect of the subprotocol `parley.v1`: everything there is, and audio in the encoding of choice. */
export class ParleyV1Dialect implements Dialect {
  readonly subprotocol: string = PARLEY_V1;
  readonly defaults: LinkDefaults;
  readonly controlsBuffer = true;
  readonly #resamplers: ResamplerFactory;
  #output: SessionSettings['output'];
  #encoder: AudioEncoder;
  #jsonMiddle: Buffer | undefined;
  #generation = 0;
  #sequence = 0;

  /** `leadMs`: how far ahead of real time audio is sent unless the client changes it. */
  constructor(leadMs: number, resamplers: ResamplerFactory) {
    this.defaults = {
      output: { encoding: 'pcm_s16le', sample_rate: 48_000, container: 'binary' },
      playout_lead_ms: leadMs,
    };
    this.#resamplers = resamplers;
    this.#output = this.defaults.output;
    this.#encoder = createAudioEncoder(this.#output, resamplers);
  }

  get audioMessageBytes(): number {
    const { bytesPerFrame } = this.#encoder;
    return this.#output.container === 'binary'
      ? AUDIO_HEADER_BYTES + bytesPerFrame
      : JSON_FIELDS_BYTES + base64Length(bytesPerFrame);
  }

  decode(text: string): DecodedMessage {
    return decodeClientMessageV1(text);
  }

  encode(message: EventMessage): string {
    return encodeServerMessageV1(message);
  }

  encodeAudio(frame: Uint8Array, sequence: number, generation: number, sampleOffset: number): Buffer {
    const encoder = this.#encoder;
    if (generation !== this.#generation || sequence !== this.#sequence + 1) encoder.reset();
    this.#generation = generation;
    this.#sequence = sequence;
    const payload = encoder.encode(frame);
    if (this.#output.container !== 'binary') {
      return encodeAudioMessage(
        payload,
        sequence,
        this.#jsonMiddle,
        audioJsonSuffixV1(generation, sampleOffset),
      );
    }
    const messageBytes = AUDIO_HEADER_BYTES + payload.byteLength;
    const message = newFrame(BINARY_OPCODE, messageBytes);
    const at = frameHeaderBytes(messageBytes);
    const kind = AUDIO_KINDS[this.#output.encoding];
    writeAudioHeader(message, at, kind, 0, generation, sequence, sampleOffset);
    message.set(payload, at + AUDIO_HEADER_BYTES);
    return message;
  }

  configure({ output }: SessionSettings): void {
    const { encoding, sample_rate: rateHz } = this.#output;
    this.#output = output;
    this.#jsonMiddle = Buffer.from(audioJsonMiddle(output.sample_rate, FRAME_MS), 'latin1');
    if (output.encoding === encoding && output.sample_rate === rateHz) return;
    this.#encoder.close();
    this.#encoder = createAudioEncoder(output, this.#resamplers);
  }

  close(): void {
    this.#encoder.close();
  }
}
