import {
  applySettingsUpdate,
  ERRORS,
  SESSION_END_CLOSE_CODES,
  type ClientMessageV1,
  type ErrorCode,
  type SessionEndReason,
  type SessionSettings,
} from '@parley/protocol';
import { ClientSide, type Greeting } from './client-side.ts';
import { Dialogue } from './dialogue.ts';
import { FirstAudio } from './first-audio.ts';
import { IdleWatch } from './idle-watch.ts';
import { Listening } from './listening.ts';
import type { MessageFault } from './message-fault.ts';
import type { ClientLink, EventMessage } from './ports/client-link.ts';
import type { HistoryEntry } from '../responder/index.ts';
import type { ResumeRequest, SessionParts } from './session-parts.ts';
import type { SessionState } from './session-state.ts';
import { SessionTimers } from './session-timers.ts';
import { Speaker, type EndedUtterance, type SpeakerListener } from './speaker.ts';

/** Drained clients are asked to come back within this time, each at a moment of its own. */
const RECONNECT_SPREAD_MS = 5000;

/**
 * Messages that a client sends by itself: an abandoned tab does so for ever, and sends its microphone's silence as well.
 */
const UNATTENDED: ReadonlySet<ClientMessageV1['type']> = new Set(['audio_in', 'cleared', 'ping', 'played']);

/**
 * One conversation with one client: its messages and its voice become events of the conversation, which the
 * speaker performs. It owns speaker, dialogue, listening, timers and the speech session; links belong to their
 * transport.
 */
export class Session implements SpeakerListener {
  readonly sessionId: string;
  readonly createdAtMs: number;
  #metadata: Readonly<Record<string, string>>;
  #heardLanguage: string | undefined;
  readonly transport: string;
  readonly #parts: SessionParts;
  readonly #speaker: Speaker;
  readonly #timers: SessionTimers;
  readonly #client: ClientSide;
  #settings: SessionSettings;
  readonly #dialogue: Dialogue;
  readonly #listening: Listening;
  readonly #idle: IdleWatch;
  readonly #firstAudio: FirstAudio;
  #messages = 0;
  #failure: ErrorCode | undefined;
  #finished: Promise<void> | undefined;

  constructor(parts: SessionParts) {
    const { clock, link, options } = parts;
    this.#parts = parts;
    this.sessionId = parts.sessionId;
    this.#metadata = parts.metadata;
    this.transport = link.transport;
    this.createdAtMs = clock.wallMs();
    this.#client = new ClientSide({
      link,
      sessionId: parts.sessionId,
      limits: options.told,
      issueToken: () => parts.issueToken(this),
    });
    this.#timers = new SessionTimers(clock, (error) => this.onFault(error));
    this.#idle = new IdleWatch({
      clock,
      timers: this.#timers,
      timeoutMs: options.idleTimeoutMs,
      conversation: () => this.#speaker.conversation,
      onIdle: () => this.end('idle_timeout'),
    });
    this.#firstAudio = new FirstAudio({
      clock,
      conversation: () => this.#speaker.conversation,
      onMeasured: (totalMs) => parts.metrics.firstAudio(totalMs),
    });
    this.#dialogue = new Dialogue({
      ...options,
      sessionId: parts.sessionId,
      logger: parts.logger,
      actions: {
        speak: (utteranceId, text, isFinal) =>
          this.#speaker.dispatch({ type: 'text', text, isFinal, utteranceId, isAnswer: true }),
        supersede: () => {
          this.#speaker.dispatch({ type: 'superseded' });
          this.#speaker.settleEndings();
        },
        tellError: (code, message) => this.tellError(code, message),
      },
    });
    this.#settings = { ...parts.settings, ...link.defaults };
    this.#speaker = new Speaker({
      parts,
      timers: this.#timers,
      settings: this.#settings,
      listener: this,
    });
    this.#listening = new Listening({
      parts,
      settings: this.#settings,
      speaker: this.#speaker,
      dialogue: this.#dialogue,
      actions: {
        send: (message) => this.send(message),
        tellError: (code, message) => this.tellError(code, message),
        onVoice: () => this.#idle.attended(),
        onLanguage: (language) => {
          this.#metadata = { ...this.#metadata, language };
          this.#heardLanguage = language;
        },
      },
    });
  }

  get state(): SessionState {
    return this.#speaker.conversation.state;
  }

  /** What the client said when it connected; its language as heard, once that is known. */
  get metadata(): Readonly<Record<string, string>> {
    return this.#metadata;
  }

  /** The user's (BCP 47): as last heard, or else as set. */
  get language(): string {
    return this.#heardLanguage ?? this.#settings.language;
  }

  /** What was said so far, as far as it was heard. */
  get history(): readonly HistoryEntry[] {
    return this.#dialogue.history;
  }

  /** What holds for this session now. */
  get settings(): SessionSettings {
    return this.#settings;
  }

  /** gRPC address of the worker that speaks, or spoke last, for this session. */
  get workerAddr(): string | undefined {
    return this.#parts.speech.workerAddr;
  }

  /** Frames waiting in playout. */
  get queuedFrames(): number {
    return this.#speaker.track.queuedFrames;
  }

  /** Settles when everything the session had is freed; `undefined` while it lives. */
  get finished(): Promise<void> | undefined {
    return this.#finished;
  }

  /** Greets the client and begins to listen. Called once, by the session manager. */
  open(): void {
    const { options } = this.#parts;
    this.#client.greet(this.#greeting(false));
    if (options.idleTimeoutMs > 0) this.#idle.start();
    if (options.maxDurationMs > 0) {
      this.#timers.start('duration', options.maxDurationMs, () => this.end('max_duration'));
    }
    this.#speaker.dispatch({ type: 'opened' });
  }

  /** Counts a text message of the client, whatever it holds; false when there were too many. */
  admit(): boolean {
    if (this.state === 'CLOSED') return false;
    const { options } = this.#parts;
    this.#messages += 1;
    if (options.maxMessages === 0 || this.#messages <= options.maxMessages) return true;
    this.fail('SESSION_LIMIT', `this session may send ${options.maxMessages} messages; open a new one`);
    return false;
  }

  /** Takes one admitted and decoded message of the client. */
  receive(message: ClientMessageV1): MessageFault | undefined {
    if (this.state === 'CLOSED') return undefined;
    this.#parts.metrics.messageReceived(message.type);
    if (!UNATTENDED.has(message.type)) this.#idle.attended();
    switch (message.type) {
      case 'text':
        this.#speaker.settleEndings();
        this.#dialogue.forgetCutOff();
        this.#firstAudio.measure(() =>
          this.#speaker.dispatch({
            type: 'text',
            text: message.text,
            isFinal: message.is_final,
            ...(message.utterance_id !== undefined && { utteranceId: message.utterance_id }),
          }),
        );
        return undefined;
      case 'control':
        // Also an answer that is still being thought of, of which there is nothing to drop.
        if (message.command === 'STOP') this.#dialogue.stop();
        this.#speaker.dispatch({ type: 'control', command: message.command });
        return undefined;
      case 'audio_in':
        return this.receiveAudio(Buffer.from(message.pcm, 'base64'));
      case 'session_update':
        this.#update(message);
        return undefined;
      case 'played':
        this.#speaker.track.reportPlayed(message.samples, message.generation);
        return undefined;
      case 'cleared':
        this.#speaker.reportCleared(message.samples, message.generation);
        return undefined;
      case 'ping':
        this.send({ type: 'pong', t: message.t });
        return undefined;
      case 'end_session':
        this.end('completed');
        return undefined;
      case 'subscribe':
        // What a client of the base dialect wants to be told is between it and its link.
        return undefined;
      default:
        message satisfies never;
        return undefined;
    }
  }

  /** Takes microphone audio in the session's input format; read only during the call. */
  receiveAudio(bytes: Uint8Array): MessageFault | undefined {
    return this.state === 'CLOSED' ? undefined : this.#listening.hear(bytes);
  }

  /** Sends an error to the client; the session goes on. */
  tellError(code: ErrorCode, message: string): void {
    if (this.state === 'CLOSED') return;
    this.send({ type: 'error', code, message });
  }

  /** Sends an error to the client and ends the session because of it. */
  fail(code: ErrorCode, message: string): void {
    this.tellError(code, message);
    this.#failure ??= code;
    this.#speaker.dispatch({ type: 'end', reason: 'error' });
  }

  /** Finishes what is being said, of an answer the sentences that are written, then ends with `server_shutdown`. */
  drain(): void {
    if (this.#client.link === undefined) {
      this.end('server_shutdown');
      return;
    }
    this.#dialogue.close();
    this.#speaker.dispatch({ type: 'drain' });
  }

  /** Ends the session now. Idempotent. */
  end(reason: SessionEndReason): void {
    this.#speaker.dispatch({ type: 'end', reason });
  }

  /** The client of `link` has said goodbye: nobody is coming back. */
  left(link: ClientLink): void {
    if (this.#client.link === link) this.end('client_disconnect');
  }

  /** The connection of `link` is gone. A session that may be resumed waits for its client; others end. */
  disconnected(link: ClientLink): void {
    if (this.#client.link !== link || this.state === 'CLOSED') return;
    const { options } = this.#parts;
    // A server that drains takes no connection over which it could come back.
    const mayComeBack = link.resumable && options.resumeWindowMs > 0;
    if (!mayComeBack || this.#speaker.conversation.draining) {
      this.end('client_disconnect');
      return;
    }
    this.#speaker.settleEndings();
    this.#client.detach();
    this.#speaker.track.detach();
    this.#timers.start('reconnect', options.resumeWindowMs, () => this.end('client_disconnect'));
  }

  /**
   * The client is back, on another connection: it is told what it missed, and hears on from the first frame that
   * it did not get. False when too much is missing; then nothing has changed.
   */
  resume(link: ClientLink, request: ResumeRequest): boolean {
    const { events, samples } = request;
    const isPossible = this.#client.canReplayFrom(events) && this.#speaker.track.canRewindTo(samples);
    if (this.state === 'CLOSED' || !isPossible) return false;
    this.#timers.stop('reconnect');
    link.configure(this.#settings);
    this.#client.attach(link, this.#greeting(true), events);
    this.#speaker.track.attach(link, samples);
    return true;
  }

  onFault(error: unknown): void {
    this.#parts.logger.error({ err: error }, 'session failed');
    this.fail('INTERNAL_ERROR', 'the server failed while speaking');
  }

  onSlowConsumer(): void {
    this.fail('SLOW_CONSUMER', 'the client has not read or not played its audio for too long');
  }

  onStateChanged(from: SessionState, to: SessionState): void {
    this.#parts.metrics.stateChanged(this.transport, from, to);
    this.#idle.attended();
    this.#listening.onStateChanged(from, to);
  }

  #update(message: Extract<ClientMessageV1, { type: 'session_update' }>): void {
    const applied = applySettingsUpdate(this.#settings, message, this.#parts.settings);
    const problem =
      applied.kind === 'invalid' ? applied.problem : this.#parts.options.refuse(applied.settings);
    if (applied.kind === 'invalid' || problem !== undefined) {
      this.tellError('INVALID_MESSAGE', problem ?? 'these settings cannot be had here');
      return;
    }
    if (applied.settings.language !== this.#settings.language) this.#heardLanguage = undefined;
    this.#settings = applied.settings;
    this.#speaker.configure(this.#settings);
    this.#client.link?.configure(this.#settings);
    this.#listening.configure(this.#settings);
    this.send({ type: 'session_updated', settings: this.#settings });
  }

  #greeting(resumed: boolean): Greeting {
    return { resumed, settings: this.#settings, clientMessages: this.#messages };
  }

  send(message: EventMessage): void {
    if (message.type === 'error') this.#parts.metrics.errorSent(message.code);
    if (message.type === 'utterance_start') this.#firstAudio.began(message.utterance_id);
    this.#client.send(message);
  }

  onCutOff(reason: 'interrupted' | 'stopped'): void {
    if (reason === 'interrupted') this.#dialogue.cutOff();
    else this.#dialogue.stop();
  }

  onUtteranceEnded(ended: EndedUtterance): void {
    this.#dialogue.utteranceEnded(ended);
  }

  onClosed(reason: SessionEndReason): void {
    const { logger, metrics, onClosed, speech } = this.#parts;
    this.#timers.stopAll();
    this.#listening.close();
    this.#dialogue.close();
    const { link } = this.#client;
    if (link !== undefined && reason !== 'client_disconnect') {
      link.send({ type: 'session_end', session_id: this.sessionId, reason });
      const errorCode = this.#failure === undefined ? undefined : ERRORS[this.#failure].closeCode;
      link.close(errorCode ?? SESSION_END_CLOSE_CODES[reason], this.#closeText(reason));
    }
    metrics.sessionClosed(this.transport, reason);
    logger.info(
      { reason, frames: this.#speaker.track.lastSequence, messages: this.#messages },
      'session ended',
    );
    this.#finished = speech.close();
    onClosed(this);
  }

  /** A drained client is told when to come back; the spread keeps a fleet of them from coming at once. */
  #closeText(reason: SessionEndReason): string {
    if (reason !== 'server_shutdown') return this.#failure ?? reason;
    return `server_shutdown; retry_after_ms=${Math.round(this.#parts.random() * RECONNECT_SPREAD_MS)}`;
  }
}
