import type { Transcript } from '../session/ports/ears.ts';
import type { Clock, Timer } from '../session/ports/clock.ts';
import { ASR_RATE_HZ, type AsrEngine, type AsrEvent, type AsrStream } from './asr-engine.ts';
import { AsrError } from './asr-error.ts';

/** What a {@link TurnRecorder} tells. */
export interface TurnListener {
  onTranscript(transcript: Transcript): void;
  /** The turn is over without a transcript. */
  onTurnFailed(turnId: string, error: AsrError): void;
  /** Recognition falls behind: there are fewer partial transcripts in this turn. */
  onPartialsShed(): void;
}

/** What of a {@link TurnRecorder} may change between two turns. */
export interface TurnSettings {
  /** BCP 47 or `auto`. */
  readonly language: string;
  /** Silence after which a turn is over, in ms. */
  readonly endpointingMs: number;
}

/** Options of a {@link TurnRecorder}. */
export interface TurnRecorderOptions extends TurnSettings {
  /** Stays the caller's. */
  readonly engine: AsrEngine;
  readonly clock: Clock;
  readonly listener: TurnListener;
  /** Longest turn, in ms of audio; speech that goes on begins another one. */
  readonly maxTurnMs: number;
  /** Whether there is audio that will be pushed soon, as after a burst. Default: never. */
  readonly isBehind?: () => boolean;
}

interface Turn {
  readonly id: string;
  /** Absent where the engine refused it. */
  stream?: AsrStream;
  samples: number;
  /** Tells how it came out; absent until that is known. */
  outcome?: () => void;
}

/** How often it is asked whether the rest of a burst has been pushed, in ms. */
const BEHIND_INTERVAL_MS = 50;
/** Turns that may be recorded or recognized at once: with one more the oldest is given up. */
const MAX_UNTOLD = 8;

/**
 * Cuts a session's microphone audio into turns and has each recognized. A turn begins with speech and ends
 * when there has been silence for the endpointing time, so that a pause for breath does not end it: by the audio, which
 * may come faster than time passes, or by the clock where none comes. How turns came
 * out is told in their order, whichever was recognized first.
 */
export class TurnRecorder {
  readonly #options: TurnRecorderOptions;
  /** Oldest first. */
  readonly #untold: Turn[] = [];
  #settings: TurnSettings;
  #turns = 0;
  #turn: Turn | undefined;
  #endpoint: Timer | undefined;
  /** While there is an endpoint: samples until it, when all of them are silent. */
  #samplesLeft = 0;
  #closed = false;

  constructor(options: TurnRecorderOptions) {
    this.#options = options;
    this.#settings = options;
  }

  /** Whether a turn is being recorded. */
  get isRecording(): boolean {
    return this.#turn !== undefined;
  }

  /** Speech has begun: a turn goes on, or a new one begins with the audio of just before. */
  speechStarted(preRoll: () => Int16Array): void {
    this.#endpoint?.cancel();
    this.#endpoint = undefined;
    this.#turn?.stream?.setSilent(false);
    if (this.#turn === undefined && !this.#closed) this.#begin(preRoll());
  }

  /** Takes s16 samples at 16 kHz; they are copied where needed. */
  push(samples: Int16Array): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    turn.stream?.push(samples);
    turn.samples += samples.length;
    if (this.#endpoint !== undefined) {
      this.#samplesLeft -= samples.length;
      if (this.#samplesLeft <= 0) {
        this.finish();
        return;
      }
    }
    if ((turn.samples * 1000) / ASR_RATE_HZ < this.#options.maxTurnMs) return;
    const isSpeaking = this.#endpoint === undefined;
    this.#endpoint?.cancel();
    this.#end();
    // Who speaks on without a pause is not cut off: the rest is a turn of its own.
    if (isSpeaking) this.#begin(new Int16Array());
  }

  /** Speech has ended `silenceMs` ago; if it stays so, the turn is over. */
  speechStopped(silenceMs: number): void {
    if (this.#turn === undefined) return;
    this.#endpoint?.cancel();
    this.#turn.stream?.setSilent(true);
    const leftMs = Math.max(0, this.#settings.endpointingMs - silenceMs);
    this.#samplesLeft = (leftMs * ASR_RATE_HZ) / 1000;
    this.#awaitEndpoint(leftMs);
  }

  /** The audio ends here, as where its format changes: what was said is recognized and told. */
  finish(): void {
    this.#endpoint?.cancel();
    this.#end();
  }

  /** Takes over changed settings from the next turn on. */
  configure(settings: TurnSettings): void {
    this.#settings = settings;
  }

  /** Gives up what is being recorded and recognized; nothing is told any more. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#endpoint?.cancel();
    this.#turn = undefined;
    for (const { stream } of this.#untold.splice(0)) stream?.cancel();
  }

  #begin(preRoll: Int16Array): void {
    if (this.#untold.length >= MAX_UNTOLD) this.#giveUpOldest();
    const { engine } = this.#options;
    this.#turns += 1;
    const turn: Turn = { id: `t${this.#turns}`, samples: preRoll.length };
    this.#untold.push(turn);
    try {
      turn.stream = engine.start({
        sampleRateHz: ASR_RATE_HZ,
        language: this.#settings.language,
        owner: this,
        onEvent: (event) => this.#onEvent(turn, event),
      });
    } catch (error) {
      this.#fail(turn, AsrError.from(error));
      return;
    }
    this.#turn = turn;
    turn.stream.push(preRoll);
  }

  /** Silence that has come in a burst has not passed: whether somebody speaks on is in what is still to be pushed. */
  #awaitEndpoint(delayMs: number): void {
    this.#endpoint = this.#options.clock.setTimer(delayMs, () => {
      if (this.#options.isBehind?.() === true) this.#awaitEndpoint(BEHIND_INTERVAL_MS);
      else this.#end();
    });
  }

  #giveUpOldest(): void {
    const [oldest] = this.#untold;
    oldest?.stream?.cancel();
    const message = `recognition is ${MAX_UNTOLD} turns of this session behind`;
    if (oldest !== undefined) this.#fail(oldest, new AsrError('OVERLOADED', message));
  }

  #fail(turn: Turn, error: AsrError): void {
    turn.outcome = () => this.#options.listener.onTurnFailed(turn.id, error);
    this.#tellOutcomes();
  }

  /** Where a later turn is recognized first, its outcome waits: answers would be given in the wrong order. */
  #tellOutcomes(): void {
    for (;;) {
      const [oldest] = this.#untold;
      if (oldest?.outcome === undefined) return;
      this.#untold.shift();
      oldest.outcome();
    }
  }

  #end(): void {
    this.#endpoint = undefined;
    this.#turn?.stream?.end();
    this.#turn = undefined;
  }

  /** Who still speaks when their turn fails is not cut off: what follows is a turn of its own. */
  #goOnAfter({ code }: AsrError): void {
    const isSpeaking = this.#endpoint === undefined;
    this.#endpoint?.cancel();
    this.#end();
    // An engine that closes will recognize nothing any more.
    if (isSpeaking && code !== 'CANCELLED' && !this.#closed) this.#begin(new Int16Array());
  }

  #onEvent(turn: Turn, event: AsrEvent): void {
    if (this.#closed) return;
    const { listener } = this.#options;
    switch (event.kind) {
      case 'partial':
        listener.onTranscript({ turnId: turn.id, text: event.text, isFinal: false, ...languageOf(event) });
        return;
      case 'partials_shed':
        listener.onPartialsShed();
        return;
      case 'final':
        turn.outcome = () =>
          listener.onTranscript({ turnId: turn.id, text: event.text, isFinal: true, ...languageOf(event) });
        this.#tellOutcomes();
        return;
      case 'failed':
        if (this.#turn === turn) this.#goOnAfter(event.error);
        this.#fail(turn, event.error);
        return;
      default:
        event satisfies never;
    }
  }
}

function languageOf({ language }: { readonly language?: string }): { readonly language?: string } {
  return language === undefined ? {} : { language };
}
