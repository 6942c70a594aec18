import {
  ParleyClientError,
  type SessionStateName,
  type TranscriptMessage,
  type UtteranceEndMessageV1,
} from '@parley/client';
import type { CliContext } from '../cli-context.ts';
import type { CliError } from '../cli-error.ts';
import {
  type ConnectionEnd,
  describeConnectionEnd,
  describeServerError,
  type OpenedSession,
  openSession,
  serverName,
} from '../client/index.ts';
import { levelBar, meteredMicrophone } from './level-meter.ts';
import { type MicrophoneChoice, openMicrophone } from './open-microphone.ts';
import { parseLine, type TalkCommandName, talkHelp } from './parse-line.ts';
import { TalkOutput } from './talk-output.ts';
import { openTalkTerminal, type TalkTerminal } from './talk-terminal.ts';
import { UtteranceLedger } from './utterance-ledger.ts';

/** Options of {@link TalkRun}. */
export interface TalkRunOptions {
  readonly context: CliContext;
  /** As from `sessionUrl`. */
  readonly url: URL;
  /** WAV file to save all speech in; absent: it is played, where something can play. */
  readonly record?: string;
  /** What the user is heard by. */
  readonly microphone: MicrophoneChoice;
}

/** How talking ended. */
export type TalkOutcome =
  | { readonly kind: 'left' }
  /** A script was interrupted. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly error: CliError };

/** Lines of a script that are read ahead of what is spoken. */
const MAX_WAITING_LINES = 100;

/** How long an answer to the last words of a microphone file is awaited. */
const ANSWER_PATIENCE_MS = 2000;

const DEAF =
  '! This server does not transcribe: what you say gets no answer. docs/listening.md tells how to turn it on.';

/** One interactive session: lines and voice in, speech out. */
export class TalkRun {
  readonly #options: TalkRunOptions;
  readonly #outcome = Promise.withResolvers<TalkOutcome>();
  readonly #ledger: UtteranceLedger;
  /** Ends the wait for a server that does not answer. */
  readonly #connecting = new AbortController();
  /** Utterances that were typed here; others answer what was said. */
  readonly #typed = new Set<string>();
  #opened: OpenedSession | undefined;
  #terminal: TalkTerminal | undefined;
  #output: TalkOutput | undefined;
  #isPaused = false;
  #isAtEnd = false;
  #isListening = false;
  #wasInterrupted = false;
  #level = '';
  #leaving: NodeJS.Timeout | undefined;
  #lastError: CliError | undefined;

  constructor(options: TalkRunOptions) {
    this.#options = options;
    this.#ledger = new UtteranceLedger((text) => {
      const id = this.#opened?.session.say(text);
      if (id !== undefined) this.#typed.add(id);
    });
  }

  /** Whether there is anything in the recording. */
  get hasRecorded(): boolean {
    return this.#output?.hasRecorded === true;
  }

  /** Talks until the user or the server ends it. To be called once. */
  async talk(): Promise<TalkOutcome> {
    const { context, url, record, microphone: choice } = this.#options;
    const microphone = await openMicrophone(choice);
    const output = await TalkOutput.open({
      ...(record !== undefined && { record }),
      onRecordingFailed: (error) => this.#outcome.resolve({ kind: 'failed', error }),
      onPlayerFailed: (error) => this.#print(`! ${error.message} ${error.advice ?? ''}`),
    });
    this.#output = output;
    try {
      const { signal } = this.#connecting;
      const onEnd = (end: ConnectionEnd): void => this.#onEnd(end);
      const opened = await openSession({ url, sink: output.sink, signal, onEnd });
      this.#opened = opened;
      this.#follow(opened, output);
      this.#terminal = openTalkTerminal(context, {
        onLine: (line) => this.#onLine(line),
        onInterrupt: () => this.interrupt(),
        onEnd: () => this.#onInputEnd(),
      });
      this.#print(`Connected to ${opened.server}. ${output.note}`);
      if (this.#terminal.isInteractive)
        this.#print('Type a sentence to hear it; /help shows what else there is.');
      if (microphone !== undefined) {
        if (opened.session.settings.asr?.enabled !== true) this.#print(DEAF);
        void this.#listen(opened, microphone);
      }
      return await this.#outcome.promise;
    } catch (error) {
      if (error instanceof ParleyClientError && error.code === 'ABORTED') return await this.#outcome.promise;
      throw error;
    } finally {
      clearTimeout(this.#leaving);
      output.silence();
      this.#terminal?.close();
      // Also when no session came to adopt it.
      await microphone?.close();
      await this.#opened?.close();
      await output.close();
    }
  }

  /** Ctrl-C: once stops the speech, once more leaves; where there is no session yet, once leaves. */
  interrupt(): void {
    if (this.#wasInterrupted || this.#opened === undefined) {
      this.#leaveWith({ kind: this.#terminal?.isInteractive === true ? 'left' : 'interrupted' });
      return;
    }
    this.#wasInterrupted = true;
    const wasSpeaking = !this.#ledger.isIdle || this.#opened.session.state === 'SPEAKING';
    if (wasSpeaking) this.#stop();
    this.#print(wasSpeaking ? 'Stopped. Ctrl-C again leaves.' : 'Ctrl-C again leaves.');
  }

  /** SIGTERM: leaves at once. */
  terminate(): void {
    this.#leaveWith({ kind: 'left' });
  }

  #leaveWith(outcome: TalkOutcome): void {
    this.#outcome.resolve(outcome);
    if (this.#opened === undefined) this.#connecting.abort();
  }

  #follow({ session }: OpenedSession, output: TalkOutput): void {
    output.follow(session);
    session.on('state', (state) => this.#onState(state));
    session.on('utteranceStart', () => {
      this.#print('speaking …');
    });
    session.on('utteranceEnd', (ending) => this.#onUtteranceEnd(ending));
    session.on('speechStarted', ({ at_ms: atMs }) => this.#print(`you speak (at ${inSeconds(atMs)} s)`));
    session.on('speechStopped', ({ at_ms: atMs }) => this.#print(`you are silent (at ${inSeconds(atMs)} s)`));
    session.on('transcript', (transcript) => this.#onTranscript(transcript));
    session.on('warning', ({ message }) => this.#print(`! ${message}`));
    session.on('error', (error) => this.#onError(error));
    session.on('connection', (state) => {
      if (state.kind === 'waiting') this.#print('The connection was lost; trying to get it back.');
      if (state.kind === 'open' && state.resumed) this.#print('The connection is back.');
    });
  }

  async #listen(
    { session }: OpenedSession,
    microphone: Parameters<typeof meteredMicrophone>[0],
  ): Promise<void> {
    this.#isListening = true;
    try {
      await session.listen(
        meteredMicrophone(microphone, (dbfs) => {
          this.#level = levelBar(dbfs);
          this.#showStatus();
        }),
      );
    } catch (error) {
      this.#print(`! The microphone is not heard: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#isListening = false;
    this.#level = '';
    this.#showStatus();
    this.#leaveWhenDone();
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
        this.#opened?.session.pause();
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
    this.#opened?.session.resume();
  }

  #stop(): void {
    this.#isPaused = false;
    this.#ledger.drop();
    this.#output?.silence();
    this.#opened?.session.stop();
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
    clearTimeout(this.#leaving);
    const session = this.#opened?.session;
    if (!this.#isAtEnd || this.#isListening || !this.#ledger.isIdle || session === undefined) return;
    if (session.state === 'SPEAKING' || session.state === 'BARGED_IN') return;
    const { asr, responder } = session.settings;
    const mayAnswer = asr?.enabled === true || responder.mode !== 'none';
    const isAwaited = this.#options.microphone.kind !== 'none' && mayAnswer;
    this.#leaving = setTimeout(() => void this.#leave(), isAwaited ? ANSWER_PATIENCE_MS : 0);
  }

  async #leave(): Promise<void> {
    const outcome: TalkOutcome =
      this.#lastError === undefined ? { kind: 'left' } : { kind: 'failed', error: this.#lastError };
    await this.#output?.played();
    this.#outcome.resolve(outcome);
  }

  #onState(state: SessionStateName): void {
    // Without a microphone it says nothing that the other lines do not.
    if (this.#options.microphone.kind !== 'none') this.#print(`state ${state}`);
    this.#showStatus();
    this.#leaveWhenDone();
  }

  #onUtteranceEnd(ending: UtteranceEndMessageV1): void {
    const { utterance_id: id, reason, heard_ms: heardMs, heard_text: heardText } = ending;
    const heard = heardText === '' ? '' : `; heard: ${heardText}`;
    this.#print(`${reason} after ${inSeconds(heardMs)} s${heard}`);
    if (this.#typed.delete(id)) this.#ledger.ended();
    this.#goOn();
  }

  #onTranscript({ is_final: isFinal, text }: TranscriptMessage): void {
    if (isFinal) this.#print(text === '' ? 'you said nothing that could be understood' : `you: ${text}`);
    else if (text !== '') this.#print(`you: ${text} …`);
  }

  #onError(error: ParleyClientError): void {
    if (!refusesText.has(error.code) || !this.#ledger.refused(error.code === 'RATE_LIMITED')) {
      this.#lastError = describeServerError(error, this.#options.url);
      this.#print(`! ${error.message}`);
    }
    this.#goOn();
  }

  #goOn(): void {
    if (this.#ledger.waitingCount < MAX_WAITING_LINES) this.#terminal?.resume();
    this.#leaveWhenDone();
  }

  #onEnd(end: ConnectionEnd): void {
    const error = describeConnectionEnd(end, serverName(this.#options.url), this.#lastError?.message);
    this.#outcome.resolve({ kind: 'failed', error });
  }

  #showStatus(): void {
    if (this.#options.microphone.kind === 'none') return;
    this.#terminal?.showStatus(`${this.#level} ${this.#opened?.session.state ?? ''}`.trim());
  }

  #print(text: string): void {
    // What the server says must not steer the terminal.
    this.#terminal?.print(text.replaceAll(/[^\P{Cc}\n]/gu, '\u{FFFD}'));
  }
}

/** Errors that answer a text which will therefore never begin nor end. */
const refusesText: ReadonlySet<string> = new Set(['RATE_LIMITED', 'INVALID_MESSAGE', 'SHUTTING_DOWN']);

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
