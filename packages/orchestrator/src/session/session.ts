import {
  ERRORS,
  SESSION_END_CLOSE_CODES,
  type ClientMessage,
  type ErrorCode,
  type SessionEndReason,
} from '@parley/protocol';
import type { PlayoutListener, PlayoutMark } from '../playout/playout-track.ts';
import { PlayoutTrack } from '../playout/playout-track.ts';
import type { PlayoutScheduler } from '../playout/playout-scheduler.ts';
import type { ConversationEffect } from './conversation-effect.ts';
import type { ConversationEvent } from './conversation-event.ts';
import { NEW_CONVERSATION, type ConversationLimits } from './conversation.ts';
import type { ClientLink, EventMessage } from './ports/client-link.ts';
import type { Clock, Timer } from './ports/clock.ts';
import type { Logger } from './ports/logger.ts';
import type { SegmentSynthesis, SpeechSession, VoiceRequest } from './ports/worker-pool.ts';
import type { SessionMetrics } from './session-metrics.ts';
import type { SessionState } from './session-state.ts';
import { step } from './step.ts';

/** Limits of one session. Times in milliseconds; 0 means no limit. */
export interface SessionOptions {
  /** How text in a language is cut, filtered and limited. */
  readonly limitsFor: (language: string | undefined) => ConversationLimits;
  readonly queueFrames: number;
  readonly slowConsumerTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxDurationMs: number;
  readonly maxMessages: number;
  /** How long unfinished text may wait for more before it is spoken as it is. */
  readonly textFlushMs: number;
  /** Silence after a false interruption before speech goes on. */
  readonly falseInterruptionMs: number;
  /** Used where the client's metadata does not say. */
  readonly voice: VoiceRequest;
}

/** What a session is made of. */
export interface SessionParts {
  readonly sessionId: string;
  readonly link: ClientLink;
  readonly metadata: Readonly<Record<string, string>>;
  readonly speech: SpeechSession;
  readonly scheduler: PlayoutScheduler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SessionMetrics;
  readonly options: SessionOptions;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** Called once, when the session is over and has freed what it had. */
  readonly onClosed: (session: Session) => void;
}

/** Drained clients are asked to come back within this time, each at a moment of its own. */
const RECONNECT_SPREAD_MS = 5000;

/**
 * One conversation with one client: performs what {@link step} decides. It owns its playout track, its
 * speech session and its timers; the link belongs to the transport.
 */
export class Session implements PlayoutListener {
  readonly sessionId: string;
  readonly createdAtMs: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly transport: string;
  readonly #parts: SessionParts;
  readonly #track: PlayoutTrack;
  readonly #inbox: ConversationEvent[] = [];
  readonly #voice: VoiceRequest;
  readonly #limits: ConversationLimits;
  #conversation = NEW_CONVERSATION;
  #stepping = false;
  #synthesis: SegmentSynthesis | undefined;
  #idleTimer: Timer | undefined;
  #durationTimer: Timer | undefined;
  #textTimer: Timer | undefined;
  #resumeTimer: Timer | undefined;
  #lastActivityMs: number;
  #messages = 0;
  #toldDeaf = false;
  #textAtMs: number | undefined;
  #failure: ErrorCode | undefined;
  #finished: Promise<void> | undefined;

  constructor(parts: SessionParts) {
    const { clock, options } = parts;
    this.#parts = parts;
    this.sessionId = parts.sessionId;
    this.metadata = parts.metadata;
    this.transport = parts.link.transport;
    this.createdAtMs = clock.wallMs();
    this.#lastActivityMs = clock.nowMs();
    this.#voice = voiceOf(parts.metadata, options.voice);
    this.#limits = options.limitsFor(this.#voice.language);
    this.#track = new PlayoutTrack({
      output: parts.link,
      listener: this,
      scheduler: parts.scheduler,
      stats: parts.metrics,
      queueFrames: options.queueFrames,
      slowConsumerTimeoutMs: options.slowConsumerTimeoutMs,
    });
  }

  get state(): SessionState {
    return this.#conversation.state;
  }

  /** gRPC address of the worker that speaks, or spoke last, for this session. */
  get workerAddr(): string | undefined {
    return this.#parts.speech.workerAddr;
  }

  /** Frames waiting in playout. */
  get queuedFrames(): number {
    return this.#track.queuedFrames;
  }

  /** Settles when everything the session had is freed; `undefined` while it lives. */
  get finished(): Promise<void> | undefined {
    return this.#finished;
  }

  /** Greets the client and begins to listen. Called once, by the session manager. */
  open(): void {
    const { clock, link, options } = this.#parts;
    link.send({ type: 'session_start', session_id: this.sessionId });
    if (options.idleTimeoutMs > 0) this.#awaitIdle(options.idleTimeoutMs);
    if (options.maxDurationMs > 0) {
      this.#durationTimer = clock.setTimer(options.maxDurationMs, () => this.end('max_duration'));
    }
    this.#dispatch({ type: 'opened' });
  }

  /** Takes one decoded message of the client. */
  receive(message: ClientMessage): void {
    if (this.state === 'CLOSED') return;
    const { clock, metrics, options } = this.#parts;
    this.#lastActivityMs = clock.nowMs();
    this.#messages += 1;
    metrics.messageReceived(message.type);
    if (options.maxMessages > 0 && this.#messages > options.maxMessages) {
      this.fail('SESSION_LIMIT', `this session may send ${options.maxMessages} messages; open a new one`);
      return;
    }
    switch (message.type) {
      case 'text':
        // Text that waits behind other speech says nothing about how fast we are.
        if (this.#conversation.utterances.length === 0) this.#textAtMs = clock.nowMs();
        this.#dispatch({ type: 'text', text: message.text, isFinal: message.is_final });
        return;
      case 'control':
        this.#dispatch({ type: 'control', command: message.command });
        return;
      case 'audio_in':
        this.receiveAudio();
        return;
      case 'subscribe':
        // What a client wants to be told is between it and its link.
        return;
      default:
        message satisfies never;
    }
  }

  /** Takes microphone audio: says once that nobody listens. */
  receiveAudio(): void {
    if (this.#toldDeaf) return;
    this.#toldDeaf = true;
    this.tellError('UNSUPPORTED', 'this server does not listen to microphone audio: send text');
  }

  /** Sends an error to the client; the session goes on. */
  tellError(code: ErrorCode, message: string): void {
    if (this.state === 'CLOSED') return;
    this.#send({ type: 'error', code, message });
  }

  /** Sends an error to the client and ends the session because of it. */
  fail(code: ErrorCode, message: string): void {
    this.tellError(code, message);
    this.#failure ??= code;
    this.#dispatch({ type: 'end', reason: 'error' });
  }

  /** Finishes what is being said, then ends with `server_shutdown`. */
  drain(): void {
    this.#dispatch({ type: 'drain' });
  }

  /** Ends the session now. Idempotent. */
  end(reason: SessionEndReason): void {
    this.#dispatch({ type: 'end', reason });
  }

  onMark(mark: PlayoutMark): void {
    const type = mark.kind === 'begin' ? 'utterance_began' : 'utterance_finished';
    this.#dispatch({ type, utteranceId: mark.utteranceId });
  }

  onRoom(): void {
    this.#synthesis?.resume();
  }

  onFault(error: unknown): void {
    this.#parts.logger.error({ err: error }, 'session failed');
    this.fail('INTERNAL_ERROR', 'the server failed while speaking');
  }

  onSlowConsumer(): void {
    this.fail('SLOW_CONSUMER', 'the client has not read its audio for too long');
  }

  /** Events raised while a step is being performed wait their turn, so that effects never nest. */
  #dispatch(event: ConversationEvent): void {
    this.#inbox.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        const { conversation, effects } = step(this.#conversation, next, this.#limits);
        this.#conversation = conversation;
        for (const effect of effects) this.#perform(effect);
      }
    } finally {
      this.#stepping = false;
    }
  }

  #perform(effect: ConversationEffect): void {
    switch (effect.type) {
      case 'state_changed':
        this.#stateChanged(effect.from, effect.to);
        return;
      case 'transition_refused':
        this.#parts.metrics.transitionRefused();
        this.#parts.logger.error({ from: effect.from, to: effect.to }, 'refused a forbidden transition');
        return;
      case 'synthesize':
        this.#synthesize(effect.text, effect.generation);
        return;
      case 'cancel_synthesis':
        this.#synthesis?.cancel();
        this.#synthesis = undefined;
        return;
      case 'mark':
        this.#track.mark({ kind: effect.kind, utteranceId: effect.utteranceId });
        return;
      case 'hold_playout':
        this.#track.hold();
        return;
      case 'release_playout':
        this.#track.release();
        return;
      case 'clear_playout':
        this.#track.clear();
        this.#textAtMs = undefined;
        return;
      case 'await_resume':
        this.#awaitResume();
        return;
      case 'stop_awaiting_resume':
        this.#resumeTimer?.cancel();
        return;
      case 'tell_ended':
        this.#send({ type: 'utterance_end', utterance_id: effect.utteranceId, reason: effect.reason });
        return;
      case 'await_text':
        this.#awaitText();
        return;
      case 'stop_awaiting_text':
        this.#textTimer?.cancel();
        return;
      case 'send':
        this.#send(effect.message);
        return;
      case 'close':
        this.#close(effect.reason);
        return;
      default:
        effect satisfies never;
    }
  }

  #stateChanged(from: SessionState, to: SessionState): void {
    const { clock, metrics } = this.#parts;
    metrics.stateChanged(this.transport, from, to);
    this.#lastActivityMs = clock.nowMs();
    if (to === 'SPEAKING' && this.#textAtMs !== undefined) {
      metrics.firstAudio(clock.nowMs() - this.#textAtMs);
      this.#textAtMs = undefined;
    }
  }

  #synthesize(text: string, generation: number): void {
    const synthesis = this.#parts.speech.synthesize(text, this.#voice, this.#track);
    this.#synthesis = synthesis;
    // `done` never rejects, and a result that comes after an interruption carries an older generation.
    void synthesis.done.then((result) => {
      if (this.#synthesis === synthesis) this.#synthesis = undefined;
      this.#dispatch({ type: 'segment_done', generation, result });
    });
  }

  #send(message: EventMessage): void {
    if (message.type === 'error') this.#parts.metrics.errorSent(message.code);
    this.#parts.link.send(message);
  }

  #awaitText(): void {
    const { clock, options } = this.#parts;
    this.#textTimer?.cancel();
    if (options.textFlushMs === 0) return;
    this.#textTimer = clock.setTimer(options.textFlushMs, () => this.#dispatch({ type: 'text_idle' }));
  }

  #awaitResume(): void {
    const { clock, options } = this.#parts;
    this.#resumeTimer?.cancel();
    this.#resumeTimer = clock.setTimer(options.falseInterruptionMs, () =>
      this.#dispatch({ type: 'resume_due' }),
    );
  }

  /** One timer a session, set again when it fires: a message costs no timer work. */
  #awaitIdle(delayMs: number): void {
    const { clock, options } = this.#parts;
    this.#idleTimer = clock.setTimer(delayMs, () => {
      const { state, paused } = this.#conversation;
      const idleMs = clock.nowMs() - this.#lastActivityMs;
      if (state === 'SPEAKING' && !paused) this.#awaitIdle(options.idleTimeoutMs);
      else if (idleMs < options.idleTimeoutMs) this.#awaitIdle(options.idleTimeoutMs - idleMs);
      else this.end('idle_timeout');
    });
  }

  #close(reason: SessionEndReason): void {
    const { link, logger, metrics, onClosed, speech } = this.#parts;
    this.#idleTimer?.cancel();
    this.#durationTimer?.cancel();
    this.#textTimer?.cancel();
    this.#resumeTimer?.cancel();
    this.#track.close();
    if (reason !== 'client_disconnect') {
      link.send({ type: 'session_end', session_id: this.sessionId, reason });
      const errorCode = this.#failure === undefined ? undefined : ERRORS[this.#failure].closeCode;
      link.close(errorCode ?? SESSION_END_CLOSE_CODES[reason], this.#closeText(reason));
    }
    metrics.sessionClosed(this.transport, reason);
    logger.info({ reason, frames: this.#track.lastSequence, messages: this.#messages }, 'session ended');
    this.#finished = speech.close();
    onClosed(this);
  }

  /** A drained client is told when to come back; the spread keeps a fleet of them from coming at once. */
  #closeText(reason: SessionEndReason): string {
    if (reason !== 'server_shutdown') return this.#failure ?? reason;
    return `server_shutdown; retry_after_ms=${Math.round(this.#parts.random() * RECONNECT_SPREAD_MS)}`;
  }
}

function voiceOf(metadata: Readonly<Record<string, string>>, defaults: VoiceRequest): VoiceRequest {
  const {
    language = defaults.language,
    model_id: modelId = defaults.modelId,
    voice = defaults.voice,
  } = metadata;
  return {
    ...(language !== undefined && { language }),
    ...(modelId !== undefined && { modelId }),
    ...(voice !== undefined && { voice }),
  };
}
