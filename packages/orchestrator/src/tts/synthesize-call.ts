import { Metadata, status, type ChannelInterface } from '@grpc/grpc-js';
import { readAudioFrame, type ReceivedAudio, type TextChunk, TTSServiceService } from '@parley/worker-api';
import type { Clock, Timer } from '../session/ports/clock.ts';

/** Who reads a {@link SynthesizeCall}. */
export interface SynthesizeReceiver {
  /** One message, after each `read()`. */
  onFrame(frame: ReceivedAudio): void;
  /** The worker sent something that is no `AudioFrame`. The call is cancelled. */
  onGarbage(cause: unknown): void;
  /** The call is over; `code` is a gRPC status. Nothing follows. */
  onEnd(code: status, details: string): void;
}

const END_GRACE_MS = 1000;

/**
 * Tells an HTTP/2 server to share the connection among its streams (RFC 9218, incremental). Without it Node serves
 * a busy connection stream by stream, and the youngest sessions hear nothing.
 */
const SHARED_PRIORITY = new Metadata();
SHARED_PRIORITY.set('priority', 'u=3, i');

type GrpcCall = ReturnType<ChannelInterface['createCall']>;

/**
 * One `Synthesize` call for one text. It uses grpc-js's call interface rather than its Duplex stream: a message
 * is taken from HTTP/2 only when it is asked for, so a worker that is held back has one message here and a flow
 * control window on the way, not sixteen messages more; and a frame costs no stream machinery.
 */
export class SynthesizeCall {
  readonly #call: GrpcCall;
  readonly #clock: Clock;
  #receiver: SynthesizeReceiver | undefined;
  #grace: Timer | undefined;
  #ended = false;

  constructor(channel: ChannelInterface, clock: Clock, receiver: SynthesizeReceiver) {
    this.#clock = clock;
    this.#receiver = receiver;
    this.#call = channel.createCall(TTSServiceService.synthesize.path, Infinity, null, null, null);
  }

  /** Sends the text, says that no more comes, and reads the first message. */
  start(sessionId: string, text: string): void {
    this.#call.start(SHARED_PRIORITY.clone(), {
      onReceiveMetadata() {},
      onReceiveMessage: (bytes: Buffer) => this.#onMessage(bytes),
      onReceiveStatus: ({ code, details }) => this.#onStatus(code, details),
    });
    const chunk: TextChunk = { sessionId, text, isFinal: true, sequenceNumber: 1 };
    this.#call.sendMessageWithContext({}, TTSServiceService.synthesize.requestSerialize(chunk));
    this.#call.halfClose();
    this.#call.startRead();
  }

  /** Asks for one more message. */
  read(): void {
    this.#call.startRead();
  }

  /** Stops at once: the receiver hears nothing more. Idempotent. */
  cancel(): void {
    this.#receiver = undefined;
    this.#grace?.cancel();
    if (!this.#ended) this.#call.cancelWithStatus(status.CANCELLED, 'no longer needed');
  }

  /** The receiver has all it wants: lets the worker end the call itself, and cancels it if it does not. */
  release(): void {
    this.#receiver = undefined;
    if (this.#ended || this.#grace !== undefined) return;
    this.#grace = this.#clock.setTimer(END_GRACE_MS, () => this.cancel());
    this.#call.startRead();
  }

  #onMessage(bytes: Buffer): void {
    const receiver = this.#receiver;
    if (receiver === undefined) {
      this.cancel();
      return;
    }
    let frame: ReceivedAudio;
    try {
      frame = readAudioFrame(bytes);
    } catch (cause) {
      this.cancel();
      receiver.onGarbage(cause);
      return;
    }
    receiver.onFrame(frame);
  }

  #onStatus(code: status, details: string): void {
    this.#ended = true;
    this.#grace?.cancel();
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.onEnd(code, details);
  }
}
