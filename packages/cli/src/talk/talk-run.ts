import type { CliContext } from '../cli-context.ts';
import type { CliError } from '../cli-error.ts';
import {
  connect,
  type ConnectionEnd,
  describeConnectionEnd,
  describeServerError,
  type SessionEvent,
  type SpeechConnection,
  type SpeechFrame,
} from '../client/index.ts';
import { findPlayer, noPlayerAdvice, openWavFile, type SpeechOutput } from '../speech-output/index.ts';
import { parseLine, type TalkCommandName, talkHelp } from './parse-line.ts';
import { Playback } from './playback.ts';
import { openTalkTerminal, type TalkTerminal } from './talk-terminal.ts';
import { UtteranceLedger } from './utterance-ledger.ts';

/** Options of {@link TalkRun}. */
export interface TalkRunOptions {
  readonly context: CliContext;
  /** As from `sessionUrl`. */
  readonly url: URL;
  /** WAV file to save all speech in; absent: it is played, where something can play. */
  readonly record?: string;
}

/** How talking ended. */
export type TalkOutcome =
  | { readonly kind: 'left' }
  /** A script was interrupted. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly error: CliError };

/** Lines of a script that are read ahead of what is spoken. */
const MAX_WAITING_LINES = 100;

/** One interactive session: lines in, speech out. */
export class TalkRun {
  readonly #options: TalkRunOptions;
  readonly #outcome = Promise.withResolvers<TalkOutcome>();
  readonly #ledger: UtteranceLedger;
  #connection: SpeechConnection | undefined;
  #terminal: TalkTerminal | undefined;
  #playback: Playback | undefined;
  #recording: SpeechOutput | undefined;
  #spokenMs = 0;
  #isPaused = false;
  #isAtEnd = false;
  #wasInterrupted = false;
  #lastError: CliError | undefined;

  constructor(options: TalkRunOptions) {
    this.#options = options;
    this.#ledger = new UtteranceLedger((text) => {
      this.#connection?.send({ type: 'text', text, is_final: true });
    });
  }

  /** Talks until the user or the server ends it. To be called once. */
  async talk(): Promise<TalkOutcome> {
    const { context, url, record } = this.#options;
    const connection = await connect({
      url,
      handlers: {
        onAudio: (frame) => this.#onAudio(frame),
        onEvent: (event) => this.#onEvent(event),
        onEnd: (end) => this.#onEnd(end),
      },
    });
    this.#connection = connection;
    try {
      connection.send({ type: 'subscribe', events: ['utterance_start', 'utterance_end'] });
      const note = await this.#openOutputs(record);
      this.#terminal = openTalkTerminal(context, {
        onLine: (line) => this.#onLine(line),
        onInterrupt: () => this.interrupt(),
        onEnd: () => this.#onInputEnd(),
      });
      this.#print(`Connected to ${connection.server}. ${note}`);
      if (this.#terminal.isInteractive)
        this.#print('Type a sentence to hear it; /help shows what else there is.');
      return await this.#outcome.promise;
    } finally {
      this.#playback?.stop();
      this.#terminal?.close();
      await this.#recording?.finish();
      await connection.close();
    }
  }

  /** Ctrl-C: once stops the speech, once more leaves. */
  interrupt(): void {
    if (this.#wasInterrupted) {
      this.#outcome.resolve({ kind: this.#terminal?.isInteractive === true ? 'left' : 'interrupted' });
      return;
    }
    this.#wasInterrupted = true;
    const wasSpeaking = !this.#ledger.isIdle;
    if (wasSpeaking) this.#stop();
    this.#print(wasSpeaking ? 'Stopped. Ctrl-C again leaves.' : 'Ctrl-C again leaves.');
  }

  /** SIGTERM: leaves at once. */
  terminate(): void {
    this.#outcome.resolve({ kind: 'left' });
  }

  async #openOutputs(record: string | undefined): Promise<string> {
    const onBroken = (error?: CliError): void => {
      if (error !== undefined) this.#outcome.resolve({ kind: 'failed', error });
    };
    if (record !== undefined) {
      this.#recording = openWavFile({ path: record, events: { onBroken } });
      return `The speech is saved in ${record}.`;
    }
    const player = await findPlayer();
    if (player === undefined) {
      return `Nothing here can play the speech: ${noPlayerAdvice} Or save it with --record file.wav.`;
    }
    this.#playback = new Playback({
      player,
      onFailed: (error) => this.#print(`! ${error.message} ${error.advice ?? ''}`),
    });
    return `The speech is played by ${player.command}.`;
  }

  #onLine(line: string): void {
    const parsed = parseLine(line);
    this.#wasInterrupted = false;
    switch (parsed.kind) {
      case 'blank':
        return;
      case 'text':
        this.#ledger.add(parsed.text);
        if (this.#ledger.waitingCount > MAX_WAITING_LINES) this.#terminal?.pause();
        return;
      case 'command':
        this.#onCommand(parsed.name);
        return;
      case 'unknown':
        this.#print(`There is no command ${parsed.word}.\n${talkHelp()}`);
        return;
      default:
        parsed satisfies never;
    }
  }

  #onCommand(name: TalkCommandName): void {
    switch (name) {
      case 'pause':
        this.#isPaused = true;
        this.#connection?.send({ type: 'control', command: 'PAUSE' });
        this.#print('Paused. /resume goes on.');
        return;
      case 'resume':
        this.#resume();
        return;
      case 'stop':
        this.#stop();
        return;
      case 'quit':
        this.#outcome.resolve({ kind: 'left' });
        return;
      case 'help':
        this.#print(talkHelp());
        return;
      default:
        name satisfies never;
    }
  }

  #resume(): void {
    this.#isPaused = false;
    this.#connection?.send({ type: 'control', command: 'RESUME' });
  }

  #stop(): void {
    this.#isPaused = false;
    this.#ledger.drop();
    this.#playback?.stop();
    this.#connection?.send({ type: 'control', command: 'STOP' });
  }

  #onInputEnd(): void {
    this.#isAtEnd = true;
    if (this.#terminal?.isInteractive === true) {
      this.#outcome.resolve({ kind: 'left' });
      return;
    }
    // A script that ends with a pause would wait for ever.
    if (this.#isPaused) this.#resume();
    this.#leaveWhenDone();
  }

  #leaveWhenDone(): void {
    if (!this.#isAtEnd || !this.#ledger.isIdle) return;
    const outcome: TalkOutcome =
      this.#lastError === undefined ? { kind: 'left' } : { kind: 'failed', error: this.#lastError };
    void (this.#playback?.finished() ?? Promise.resolve()).then(() => this.#outcome.resolve(outcome));
  }

  #onAudio(frame: SpeechFrame): void {
    this.#spokenMs += frame.durationMs;
    this.#recording?.write(frame.pcm);
    this.#playback?.write(frame.pcm);
  }

  #onEvent(event: SessionEvent): void {
    switch (event.type) {
      case 'utterance_start':
        this.#spokenMs = 0;
        this.#print('speaking …');
        return;
      case 'utterance_end':
        this.#playback?.endUtterance();
        this.#print(`${event.reason} after ${(this.#spokenMs / 1000).toFixed(1)} s`);
        this.#spokenMs = 0;
        this.#ledger.ended();
        break;
      case 'error':
        if (refusesText.has(event.code) && this.#ledger.refused(event.code === 'RATE_LIMITED')) break;
        this.#lastError = describeServerError(event);
        this.#print(`! ${event.message}`);
        break;
      case 'state':
        return;
      default:
        event satisfies never;
    }
    if (this.#ledger.waitingCount < MAX_WAITING_LINES) this.#terminal?.resume();
    this.#leaveWhenDone();
  }

  #onEnd(end: ConnectionEnd): void {
    const server = this.#connection?.server ?? this.#options.url.host;
    const error = describeConnectionEnd(end, server, this.#lastError?.message);
    this.#outcome.resolve({ kind: 'failed', error });
  }

  #print(text: string): void {
    // What the server says must not steer the terminal.
    this.#terminal?.print(text.replaceAll(/[^\P{Cc}\n]/gu, '\u{FFFD}'));
  }
}

/** Errors that answer a text which will therefore never begin nor end. */
const refusesText: ReadonlySet<string> = new Set(['RATE_LIMITED', 'INVALID_MESSAGE', 'SHUTTING_DOWN']);
