import { constants, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2';
import { status } from '@grpc/grpc-js';
import {
  PREVIOUS_TEXT_CHARACTERS,
  PREVIOUS_TEXT_METADATA_KEY,
  readAudioFrame,
  type ReceivedAudio,
  type TextChunk,
  TTSServiceService,
} from '@parley/worker-api';
import type { Clock, Timer } from '../session/ports/clock.ts';
import { MessageReader, prefixedMessage } from './grpc/message-reader.ts';
import type { StreamConnection } from './grpc/stream-connection.ts';
import { statusFromHeaders, statusFromReset, type StreamStatus } from './grpc/stream-status.ts';

/** Who reads a {@link SynthesizeCall}. */
export interface SynthesizeReceiver {
  /** One message, after each `read()`. */
  onFrame(frame: ReceivedAudio): void;
  /** The worker sent something that is no `AudioFrame`. The call is cancelled. */
  onGarbage(cause: unknown): void;
  /** The call is over; `code` is a gRPC status. Nothing follows. */
  onEnd(code: status, details: string): void;
}

/** What a worker is asked to say. */
export interface SynthesizeText {
  readonly sessionId: string;
  readonly text: string;
  /** What is said right before it. Default none. */
  readonly previousText?: string;
}

const END_GRACE_MS = 1000;

const CUT_SHORT: StreamStatus = { code: status.INTERNAL, details: 'the last message is cut short' };

/** The largest message taken from a worker: 43 s of audio at 48 kHz. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * One `Synthesize` call for one text, straight on HTTP/2: the one call of the system that carries fifty messages a
 * second for each session, where a gRPC library's filters, promises and pauses cost more than the audio. A message is
 * handed on only when it is asked for; while none is, the stream stops and flow control holds the worker back.
 */
export class SynthesizeCall {
  readonly #connection: StreamConnection;
  readonly #clock: Clock;
  readonly #reader = new MessageReader(MAX_MESSAGE_BYTES);
  #receiver: SynthesizeReceiver | undefined;
  #stream: ClientHttp2Stream | undefined;
  #grace: Timer | undefined;
  #httpStatus = 0;
  #status: StreamStatus | undefined;
  #isWanted = false;
  #isDelivering = false;
  /** All data has come. */
  #dataEnded = false;
  #closed = false;

  constructor(connection: StreamConnection, clock: Clock, receiver: SynthesizeReceiver) {
    this.#connection = connection;
    this.#clock = clock;
    this.#receiver = receiver;
  }

  /** Sends the text, says that no more comes, and reads the first message. */
  start({ sessionId, text, previousText = '' }: SynthesizeText): void {
    const stream = this.#connection.open(TTSServiceService.synthesize.path, metadataOf(previousText));
    this.#stream = stream;
    let failure: Error | undefined;
    stream.on('response', (headers, flags) => {
      this.#httpStatus = headers[':status'] ?? 0;
      if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) this.#onTrailers(headers);
    });
    stream.on('trailers', (headers) => this.#onTrailers(headers));
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('end', () => this.#onDataEnd());
    stream.on('error', (error) => {
      failure = error;
    });
    stream.on('close', () => this.#onClosed(stream, failure));
    const chunk: TextChunk = { sessionId, text, isFinal: true, sequenceNumber: 1 };
    stream.end(prefixedMessage(TTSServiceService.synthesize.requestSerialize(chunk)));
    this.#isWanted = true;
  }

  /** Asks for one more message. */
  read(): void {
    this.#isWanted = true;
    if (this.#isDelivering) return;
    this.#deliver();
    if (this.#isWanted) this.#stream?.resume();
  }

  /** Stops at once: the receiver hears nothing more. Idempotent. */
  cancel(): void {
    this.#receiver = undefined;
    this.#grace?.cancel();
    if (this.#closed) return;
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    // A stream that is not read to its end is never done.
    this.#stream?.resume();
  }

  /** The receiver has all it wants: lets the worker end the call itself, and cancels it if it does not. */
  release(): void {
    this.#receiver = undefined;
    if (this.#closed || this.#grace !== undefined) return;
    if (this.#reader.hasUnread) {
      this.cancel();
      return;
    }
    this.#grace = this.#clock.setTimer(END_GRACE_MS, () => this.cancel());
    this.#stream?.resume();
  }

  #onData(chunk: Buffer): void {
    if (this.#receiver === undefined) {
      // After `release`; a call that was cancelled is only read to its end.
      if (this.#stream?.closed === false) this.cancel();
      return;
    }
    // What comes with another status is a page of some web server.
    if (this.#httpStatus !== 200) return;
    this.#reader.push(chunk);
    this.#deliver();
    // What has been released or cancelled meanwhile has to run to its end.
    if (!this.#isWanted && this.#receiver !== undefined) this.#stream?.pause();
  }

  #deliver(): void {
    this.#isDelivering = true;
    while (this.#isWanted) {
      const receiver = this.#receiver;
      if (receiver === undefined) break;
      let frame: ReceivedAudio;
      try {
        const message = this.#reader.next();
        if (message === undefined) break;
        frame = readAudioFrame(message);
      } catch (cause) {
        this.cancel();
        receiver.onGarbage(cause);
        break;
      }
      this.#isWanted = false;
      receiver.onFrame(frame);
    }
    this.#isDelivering = false;
    if (this.#dataEnded) this.#endIfRead();
  }

  #onTrailers(headers: Parameters<typeof statusFromHeaders>[0]): void {
    this.#status = statusFromHeaders(headers, this.#httpStatus);
    if (this.#dataEnded) this.#endIfRead();
  }

  #onDataEnd(): void {
    this.#dataEnded = true;
    this.#endIfRead();
  }

  #onClosed(stream: ClientHttp2Stream, failure: Error | undefined): void {
    const { rstCode } = stream;
    this.#closed = true;
    this.#dataEnded = true;
    this.#grace?.cancel();
    const isAnswered = rstCode === constants.NGHTTP2_NO_ERROR && this.#httpStatus !== 0;
    this.#status ??= isAnswered ? statusFromHeaders({}, this.#httpStatus) : statusFromReset(rstCode, failure);
    if (this.#httpStatus === 200) this.#takeRest(stream);
    this.#deliver();
  }

  /** What had come of a stream that is gone, and waited because nothing was asked for, is still worth playing. */
  #takeRest(stream: ClientHttp2Stream): void {
    for (;;) {
      const chunk: unknown = stream.read();
      if (!Buffer.isBuffer(chunk)) return;
      this.#reader.push(chunk);
    }
  }

  /** Ends the call, well or not, once its last message has been handed on. */
  #endIfRead(): void {
    if (this.#status === undefined || this.#isDelivering || this.#reader.hasUnread) return;
    const isCut = this.#status.code === status.OK && this.#reader.isInMessage;
    this.#end(isCut ? CUT_SHORT : this.#status);
  }

  #end({ code, details }: StreamStatus): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.onEnd(code, details);
  }
}

function metadataOf(previousText: string): OutgoingHttpHeaders {
  if (previousText === '') return {};
  // The cut may go through a pair of surrogates.
  const end = previousText.slice(-PREVIOUS_TEXT_CHARACTERS).toWellFormed();
  return { [PREVIOUS_TEXT_METADATA_KEY]: encodeURIComponent(end) };
}
