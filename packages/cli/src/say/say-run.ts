import { ParleyClientError, type SpeechFrame, type UtteranceEndMessageV1 } from '@parley/client';
import { bytesFromSamples } from '@parley/audio';
import type { EndSignal } from '@parley/worker/signals';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import {
  type ConnectionEnd,
  describeConnectionEnd,
  describeServerError,
  type OpenedSession,
  openSession,
} from '../client/index.ts';
import { createProgressLine, type ProgressLine } from '../progress-line.ts';
import type { SpeechOutput } from '../speech-output/index.ts';
import { openOutputs, type OutputChoice } from './open-outputs.ts';
import { readText, type TextReader, type TextSource } from './read-text.ts';
import { SaidUtterance } from './said-utterance.ts';
import { SpeechMeter } from './speech-meter.ts';
import { TextFeeder } from './text-feeder.ts';

/** Options of {@link SayRun}. */
export interface SayRunOptions {
  readonly context: CliContext;
  /** As from `sessionUrl`. */
  readonly url: URL;
  readonly source: TextSource;
  readonly choice: OutputChoice;
}

/** How it ended. */
export type SayOutcome =
  | { readonly kind: 'spoken' }
  | { readonly kind: 'failed'; readonly error: CliError }
  | { readonly kind: 'signal'; readonly signal: EndSignal }
  /** The reader of our standard output went away: it has heard enough. */
  | { readonly kind: 'reader_gone' };

/** About a second of samples: more than that waiting means that an output does not keep up. */
const MAX_BACKLOG_BYTES = 96_000;

/** One utterance, from text to audio in its outputs. */
export class SayRun {
  readonly meter: SpeechMeter = new SpeechMeter();
  readonly #options: SayRunOptions;
  readonly #progress: ProgressLine;
  readonly #feeder: TextFeeder;
  readonly #decided: Promise<SayOutcome>;
  /** Ends the wait for a server that does not answer. */
  readonly #connecting = new AbortController();
  #settle: (outcome: SayOutcome) => void = () => undefined;
  #outcome: SayOutcome | undefined;
  #outputs: readonly SpeechOutput[] = [];
  #reader: TextReader | undefined;
  #opened: OpenedSession | undefined;
  #utterance: SaidUtterance | undefined;
  #lastError: CliError | undefined;
  #isHeld = false;

  constructor(options: SayRunOptions) {
    this.#options = options;
    this.#progress = createProgressLine(options.context.stderr);
    this.#decided = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#feeder = new TextFeeder({
      send: (text, isFinal) => {
        this.meter.noteSent();
        this.#utterance?.send(text, isFinal);
      },
      onGiveUp: () =>
        this.#fail(this.#lastError ?? new CliError('SPEECH_FAILED', 'The server takes no text.')),
    });
  }

  /** Names of the outputs: `out.wav`, `aplay`. */
  get outputNames(): readonly string[] {
    return this.#outputs.map((output) => output.name);
  }

  /** Speaks, and resolves when everything has been saved and played, or it failed. To be called once. */
  async speak(): Promise<SayOutcome> {
    try {
      await this.#start();
      const outcome = await this.#decided;
      this.#stopSending();
      if (outcome.kind === 'spoken') await Promise.all(this.#outputs.map((output) => output.finish()));
      // The user, or a broken player, may have cut the last words while they were being played.
      return this.#outcome ?? outcome;
    } catch (error) {
      if (isAbort(error) && this.#outcome !== undefined) return this.#outcome;
      if (error instanceof CliError) return { kind: 'failed', error };
      throw error;
    } finally {
      this.#stopSending();
      await Promise.all(this.#outputs.map((output) => output.abort()));
      await this.#opened?.close();
      this.#progress.clear();
    }
  }

  /** Ends it because the user said so. */
  interrupt(signal: EndSignal): void {
    this.#cut({ kind: 'signal', signal });
  }

  async #start(): Promise<void> {
    const { url, choice, context, source } = this.#options;
    const { signal } = this.#connecting;
    const opened = await openSession({ url, signal, onEnd: (end) => this.#onEnd(end) });
    const { session } = opened;
    this.#opened = opened;
    this.#utterance = new SaidUtterance({
      session,
      onFailed: (error) =>
        this.#fail(new CliError('SPEECH_FAILED', 'The text could not be sent.', { cause: error })),
    });
    session.on('audio', (frame) => this.#onAudio(frame));
    session.on('error', (error) => this.#onError(error));
    session.on('utteranceEnd', (ending) => this.#onUtteranceEnd(ending));
    this.#outputs = await openOutputs(choice, context, {
      onDrained: () => this.#onDrained(),
      onBroken: (error) => this.#cut(error === undefined ? { kind: 'reader_gone' } : failure(error)),
    });
    this.#reader = readText(source, this.#feeder, (error) => this.#fail(error));
  }

  #onAudio(frame: SpeechFrame): void {
    const durationMs = (frame.samples.length * 1000) / frame.sampleRateHz;
    this.meter.noteAudio(durationMs);
    for (const output of this.#outputs) output.write(bytesFromSamples(frame.samples));
    this.#feeder.heardAudio(durationMs);
    this.#reader?.resume();
    this.#progress.update(this.meter.summary());
    if (!this.#isHeld && this.#outputs.some((output) => output.backlogBytes > MAX_BACKLOG_BYTES)) {
      this.#isHeld = true;
      this.#opened?.session.pause();
    }
  }

  #onDrained(): void {
    if (!this.#isHeld || this.#outputs.some((output) => output.backlogBytes > MAX_BACKLOG_BYTES / 2)) return;
    this.#isHeld = false;
    this.#opened?.session.resume();
  }

  #onError(error: ParleyClientError): void {
    this.#lastError = describeServerError(error, this.#options.url);
    if (error.code === 'RATE_LIMITED') this.#feeder.refused();
    else if (isFatal.has(error.code)) this.#fail(this.#lastError);
  }

  #onUtteranceEnd({ reason }: UtteranceEndMessageV1): void {
    if (reason !== 'completed') {
      this.#fail(this.#lastError ?? new CliError('SPEECH_FAILED', `The speech was ${reason}.`));
    } else if (this.#feeder.isFinalSent) {
      const samples = this.#opened?.session.speech.missingSamples ?? 0;
      this.meter.noteMissing(samples);
      this.#finishWith({ kind: 'spoken' });
    }
  }

  #onEnd(end: ConnectionEnd): void {
    const server = this.#opened?.server ?? this.#options.url.host;
    this.#fail(describeConnectionEnd(end, server, this.#lastError?.message));
  }

  #fail(error: CliError): void {
    this.#finishWith(failure(error));
  }

  #finishWith(outcome: SayOutcome): void {
    this.#outcome ??= outcome;
    this.#settle(this.#outcome);
    if (this.#opened === undefined) this.#connecting.abort();
  }

  /** Ends it even when all has been spoken and only the outputs are still at it. */
  #cut(outcome: SayOutcome): void {
    if (this.#outcome?.kind === 'spoken') {
      this.#outcome = outcome;
      for (const output of this.#outputs) void output.abort();
    } else {
      this.#finishWith(outcome);
    }
  }

  #stopSending(): void {
    this.#feeder.close();
    this.#reader?.close();
  }
}

/** Errors after which the utterance is not going to be spoken, whatever else comes. */
const isFatal: ReadonlySet<string> = new Set([
  'INVALID_MESSAGE',
  'UNSUPPORTED',
  'SESSION_LIMIT',
  'MESSAGE_TOO_LARGE',
]);

function isAbort(error: unknown): boolean {
  return error instanceof ParleyClientError && error.code === 'ABORTED';
}

function failure(error: CliError): SayOutcome {
  return { kind: 'failed', error };
}
