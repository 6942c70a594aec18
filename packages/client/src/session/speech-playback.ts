import type { AudioFrame, AudioMessageV1, OutputFormat } from '@parley/protocol/client';
import type { AudioSink, PlaybackPosition, SpeechFrame } from '../audio-sink.ts';
import { ParleyClientError } from '../client-error.ts';
import type { DecodeOpus } from '../playback/decode-speech.ts';
import { jsonAudioFrame } from './json-audio.ts';
import { PlaybackGate } from './playback-gate.ts';
import { SpeechInbox, type SpeechCounters } from './speech-inbox.ts';

/** What is told of speech. */
export interface SpeechHandlers {
  /** About to be played. */
  onSpeech(frame: SpeechFrame): void;
  onPlayed(position: PlaybackPosition): void;
  /** The sink has dropped what it had, as the server asked. */
  onCleared(position: PlaybackPosition): void;
  /** The same, as this side asked. */
  onDropped(position: PlaybackPosition): void;
  onError(error: ParleyClientError): void;
}

/** Options of {@link SpeechPlayback}. */
export interface SpeechPlaybackOptions {
  readonly sink: AudioSink | undefined;
  readonly decodeOpus: DecodeOpus | undefined;
  readonly handlers: SpeechHandlers;
}

/** The way of speech from the connection to the sink. */
export class SpeechPlayback {
  readonly #inbox: SpeechInbox;
  readonly #gate: PlaybackGate;
  readonly #handlers: SpeechHandlers;
  #format: OutputFormat | undefined;
  /** `t` of the ping behind a STOP; what comes before its pong is void. */
  #stoppedT = -Infinity;

  constructor({ sink, decodeOpus, handlers }: SpeechPlaybackOptions) {
    this.#handlers = handlers;
    this.#inbox = new SpeechInbox({ decodeOpus });
    this.#gate = new PlaybackGate({
      sink,
      onPlayed: (position) => handlers.onPlayed(position),
      onCleared: (position) => handlers.onCleared(position),
      onDropped: (position) => handlers.onDropped(position),
      onFailed: (error) => this.#fail('Speech could not be played.', error),
    });
  }

  /** Place on the sample axis of the first sample that has not arrived. */
  get nextSample(): number {
    return this.#inbox.nextSample;
  }

  /** What became of the frames so far. */
  get counters(): SpeechCounters {
    return this.#inbox.counters;
  }

  /** Speech comes in this format from now on. */
  configure(format: OutputFormat): void {
    this.#format = format;
    this.#inbox.setSampleRate(format.sample_rate);
  }

  /** A frame arrived as a binary message. */
  onFrame(frame: AudioFrame): void {
    let speech: SpeechFrame | undefined;
    try {
      speech = this.#inbox.accept(frame, this.#stoppedT > -Infinity);
    } catch (error) {
      this.#fail('Speech could not be decoded.', error);
    }
    if (speech === undefined) return;
    this.#handlers.onSpeech(speech);
    this.#gate.write(speech);
  }

  /** A frame arrived as JSON. */
  onMessage(message: AudioMessageV1): void {
    let frame: AudioFrame;
    try {
      frame = jsonAudioFrame(message, this.#format?.encoding ?? 'pcm_s16le');
    } catch (error) {
      this.#fail('Speech came that is not base64.', error);
      return;
    }
    this.onFrame(frame);
  }

  /** Holds playback until the same side releases it. */
  hold(by: 'application' | 'server'): void {
    this.#gate.hold(by);
  }

  /** Takes one side's hold away. */
  release(by: 'application' | 'server'): void {
    this.#gate.release(by);
  }

  /** Drops this generation and older ones, here and still to come, and reports the position. */
  clear(generation: number): void {
    this.#inbox.clear(generation);
    this.#gate.clear(generation);
  }

  /** Falls silent at once, for a STOP with this ping behind it. */
  stop(t: number): void {
    this.#stoppedT = t;
    this.#gate.drop(this.#inbox.generation);
  }

  /** The server answered a ping. */
  onPong(t: number): void {
    if (t >= this.#stoppedT) this.#stoppedT = -Infinity;
  }

  /** Begins anew for another session; what is left of the former one is dropped without a report. */
  restart(): void {
    this.#stoppedT = -Infinity;
    this.#gate.restart(this.#inbox.generation);
    this.#inbox.restart();
  }

  #fail(message: string, cause: unknown): void {
    this.#handlers.onError(new ParleyClientError('PLAYBACK_FAILED', message, { cause }));
  }
}
