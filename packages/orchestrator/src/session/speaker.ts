import { FRAME_MS } from '@parley/audio';
import type { SessionEndReason, SessionSettings, UtteranceEndReason } from '@parley/protocol';
import type { MarkKind, PlayoutListener, PlayoutMark } from '../playout/playout-ports.ts';
import { PlayoutTrack } from '../playout/playout-track.ts';
import { joinTexts } from '../text/index.ts';
import { bargeInChanges } from './barge-in-ending.ts';
import type { ConversationEffect } from './conversation-effect.ts';
import type { ConversationEvent } from './conversation-event.ts';
import { NEW_CONVERSATION, type Conversation, type ConversationLimits } from './conversation.ts';
import type { EventMessage } from './ports/client-link.ts';
import { PendingEndings } from './pending-endings.ts';
import type { SegmentSynthesis, VoiceRequest } from './ports/worker-pool.ts';
import { PreviousText } from './previous-text.ts';
import type { SessionParts } from './session-parts.ts';
import { SessionSink } from './session-sink.ts';
import type { SessionState } from './session-state.ts';
import type { SessionTimers } from './session-timers.ts';
import { SpokenRecord } from './spoken-record.ts';
import { TurnWait } from './turn-wait.ts';
import { step } from './step.ts';

/** How an utterance ended. */
export interface EndedUtterance {
  readonly utteranceId: string;
  readonly reason: UtteranceEndReason;
  readonly heardMs: number;
  readonly heardText: string;
  /** All of its text that was not heard, spoken or not. */
  readonly unheardText: string;
}

/** What a {@link Speaker} tells its session, in the order in which it happens. */
export interface SpeakerListener {
  /** A message for the client. */
  send(message: EventMessage): void;
  onStateChanged(from: SessionState, to: SessionState): void;
  /** Speech is cut off; what was heard of each utterance follows when the client has said so. */
  onCutOff(reason: 'interrupted' | 'stopped'): void;
  onUtteranceEnded(ended: EndedUtterance): void;
  /** The conversation is over; the speaker does nothing more. */
  onClosed(reason: SessionEndReason): void;
  onSlowConsumer(): void;
  /** A fault in Parley while speaking. */
  onFault(error: unknown): void;
}

/** Options of a {@link Speaker}. */
export interface SpeakerOptions {
  readonly parts: SessionParts;
  /** Belong to the session. */
  readonly timers: SessionTimers;
  readonly settings: SessionSettings;
  readonly listener: SpeakerListener;
}

/** What happens to an utterance where its marks are. */
const EVENT_AT = {
  begin: 'utterance_began',
  wait: 'utterance_waits',
  go_on: 'utterance_goes_on',
  end: 'utterance_finished',
} as const satisfies Record<MarkKind, ConversationEvent['type']>;

/** How long a client that reports what it plays may take to say what it had played when it was cleared. */
const CLEARED_PATIENCE_MS = 500;

/**
 * Performs what {@link step} decides: gives segments to workers, plays their audio out, and turns what happens
 * there into events of the conversation. Closed by the conversation's own end.
 */
export class Speaker implements PlayoutListener {
  /** Paces the audio; also told by the client how far it has played. */
  readonly track: PlayoutTrack;
  readonly #parts: SessionParts;
  readonly #timers: SessionTimers;
  readonly #turnWait: TurnWait;
  readonly #listener: SpeakerListener;
  readonly #spoken: SpokenRecord;
  readonly #sink: SessionSink;
  readonly #inbox: ConversationEvent[] = [];
  #settings: SessionSettings;
  #limits: ConversationLimits;
  #conversation: Conversation = NEW_CONVERSATION;
  #isStepping = false;
  readonly #endings = new PendingEndings();
  /** How far playback had come at the last clear, as far as we know. */
  #playedAtClear = 0;
  /** The generation whose clear is to be answered with what was heard of what is in `#endings`. */
  #askedGeneration: number | undefined;
  /** False once a client let a `clear` go unanswered; one that says nothing at all is not waited for again. */
  #answersClears = true;
  #synthesis: SegmentSynthesis | undefined;
  readonly #previous = new PreviousText();

  constructor(options: SpeakerOptions) {
    const { listener, parts, settings, timers } = options;
    const { link, metrics, options: limits, scheduler } = parts;
    this.#parts = parts;
    this.#timers = timers;
    this.#turnWait = new TurnWait(timers, parts.clock, () => this.dispatch({ type: 'turn_due' }));
    this.#listener = listener;
    this.#settings = settings;
    this.#limits = limits.limitsFor(settings);
    this.track = new PlayoutTrack({
      output: link,
      listener: this,
      scheduler,
      stats: metrics,
      queueFrames: limits.queueFrames,
      slowConsumerTimeoutMs: limits.slowConsumerTimeoutMs,
      keptFrames: this.#keptFrames(settings),
      outputRateHz: settings.output.sample_rate,
    });
    this.#spoken = new SpokenRecord(this.track);
    this.#sink = new SessionSink(this.track, this.#spoken);
  }

  /** The conversation as it is now. */
  get conversation(): Conversation {
    return this.#conversation;
  }

  /** Takes over changed settings: how what comes is spoken, and the rate of the next frame. */
  configure(settings: SessionSettings): void {
    this.#settings = settings;
    this.#limits = this.#parts.options.limitsFor(settings);
    this.track.configure(settings.output.sample_rate, this.#keptFrames(settings));
  }

  /** The user says words: who waits for their turn goes on waiting. */
  onUserWords(): void {
    this.#turnWait.onWords();
  }

  /** The client says how far it had played when `generation` was cleared, as it counts. */
  reportCleared(samples: number, generation: number): void {
    this.#answersClears = true;
    if (generation === this.#askedGeneration) this.settleEndings(this.track.reportCleared(samples));
  }

  /** What was cut off is told as ended now, by the client's word where there is one, else by the clock. */
  settleEndings(playedSamples?: number): void {
    this.#timers.stop('cleared');
    this.#askedGeneration = undefined;
    this.#endings.settle(playedSamples);
  }

  /** Lets an event happen. Those raised by its own effects wait their turn, so that effects never nest. */
  dispatch(event: ConversationEvent): void {
    this.#inbox.push(event);
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) {
        const { conversation, effects } = step(this.#conversation, next, this.#limits);
        this.#conversation = conversation;
        for (const effect of effects) this.#perform(effect);
        this.#countBargeIns(effects);
      }
    } finally {
      this.#isStepping = false;
    }
  }

  onMark(mark: PlayoutMark): void {
    this.dispatch({ type: EVENT_AT[mark.kind], utteranceId: mark.utteranceId });
  }

  onRoom(): void {
    this.#synthesis?.resume();
  }

  onSlowConsumer(): void {
    this.#listener.onSlowConsumer();
  }

  onFault(error: unknown): void {
    this.#listener.onFault(error);
  }

  /** All that a client may have in hand, and what was sent before it was known that the client is gone. */
  #keptFrames({ playout_lead_ms: leadMs }: SessionSettings): number {
    const { link, options } = this.#parts;
    return link.resumable ? Math.ceil((leadMs + options.keptBeyondLeadMs) / FRAME_MS) : 0;
  }

  #countBargeIns(effects: readonly ConversationEffect[]): void {
    const { metrics } = this.#parts;
    for (const change of bargeInChanges(effects)) {
      if (change === 'held') metrics.bargeInHeld();
      else metrics.bargeInEnded(change);
    }
  }

  #perform(effect: ConversationEffect): void {
    const { generation } = this.#conversation;
    switch (effect.type) {
      case 'state_changed':
        if (effect.to === 'LISTENING') this.#previous.onSilence(this.#conversation.utterances);
        this.#listener.onStateChanged(effect.from, effect.to);
        return;
      case 'transition_refused':
        this.#parts.metrics.transitionRefused();
        this.#parts.logger.error({ from: effect.from, to: effect.to }, 'refused a forbidden transition');
        return;
      case 'synthesize':
        this.#synthesize(effect);
        return;
      case 'cancel_synthesis':
        this.#synthesis?.cancel();
        this.#synthesis = undefined;
        return;
      case 'mark':
        this.#mark(effect.kind, effect.utteranceId);
        return;
      case 'hold_playout':
        this.track.hold();
        this.#listener.send({ type: 'pause', generation });
        return;
      case 'release_playout':
        this.#listener.send({ type: 'resume', generation });
        this.track.release();
        return;
      case 'clear_playout':
        this.#clear(effect.generation);
        return;
      case 'await_text':
        this.#awaitText();
        return;
      case 'stop_awaiting_text':
        this.#timers.stop('text');
        return;
      case 'await_resume':
        this.#timers.stop('turn');
        this.#timers.start('resume', this.#resumeDelayMs(), () => this.dispatch({ type: 'resume_due' }));
        return;
      case 'await_turn':
        this.#timers.stop('resume');
        this.#turnWait.begin();
        return;
      case 'stop_awaiting_resume':
        this.#timers.stop('resume');
        this.#timers.stop('turn');
        return;
      case 'tell_ended':
        this.#endUtterance(effect);
        return;
      case 'send':
        this.#listener.send(effect.message);
        return;
      case 'close':
        this.settleEndings();
        this.track.close();
        this.#listener.onClosed(effect.reason);
        return;
      default:
        effect satisfies never;
    }
  }

  #mark(kind: MarkKind, utteranceId: string): void {
    const place = this.track.mark({ kind, utteranceId });
    if (kind === 'begin') this.#spoken.beginUtterance(utteranceId, place);
  }

  #synthesize({ utteranceId, text, generation }: ConversationEffect & { readonly type: 'synthesize' }): void {
    this.#spoken.beginSegment(text);
    const previous = this.#previous.next(utteranceId, text);
    const synthesis = this.#parts.speech.synthesize(text, voiceOf(this.#settings), this.#sink, previous);
    this.#synthesis = synthesis;
    // A result that comes after an interruption carries an older generation.
    synthesis.done
      .then((result) => {
        if (this.#synthesis === synthesis) {
          this.#synthesis = undefined;
          // Of a segment that broke off there is no telling where in its text the audio ends.
          if (result.kind === 'completed') this.#spoken.endSegment();
        }
        this.dispatch({ type: 'segment_done', generation, result });
      })
      .catch((error: unknown) => this.onFault(error));
  }

  /** Drops what is being said, and has the client do the same before it is told anything of it. */
  #clear(generation: number): void {
    this.#previous.forget();
    this.settleEndings();
    this.#playedAtClear = this.track.playedSamples;
    const canAsk = this.track.canAskPlayed && (this.#answersClears || this.track.reportsPlayed);
    this.track.clear(this.#conversation.generation);
    this.#listener.send({ type: 'clear', generation });
    this.track.release();
    if (!canAsk) return;
    this.#askedGeneration = generation;
    this.#timers.start('cleared', CLEARED_PATIENCE_MS, () => {
      this.#answersClears = false;
      this.settleEndings();
    });
  }

  #endUtterance(effect: Extract<ConversationEffect, { type: 'tell_ended' }>): void {
    const { reason, isCleared } = effect;
    const isCutOff = reason === 'interrupted' || reason === 'stopped';
    if (isCutOff) this.#listener.onCutOff(reason);
    if (isCleared && this.#askedGeneration !== undefined) {
      this.#endings.add((playedSamples = this.#playedAtClear) => this.#tellEnded(effect, playedSamples));
      return;
    }
    this.settleEndings();
    this.#tellEnded(effect, isCleared ? this.#playedAtClear : this.track.playedSamples);
  }

  #tellEnded(
    { utteranceId, reason, unspoken }: Extract<ConversationEffect, { type: 'tell_ended' }>,
    playedSamples: number,
  ): void {
    const heard = this.#spoken.finish(utteranceId, reason === 'completed', playedSamples);
    const { heardMs, heardText } = heard;
    this.#listener.send({
      type: 'utterance_end',
      utterance_id: utteranceId,
      reason,
      heard_ms: heardMs,
      heard_text: heardText,
    });
    const unheardText = joinTexts([heard.unheardText, unspoken]);
    this.#listener.onUtteranceEnded({ utteranceId, reason, heardMs, heardText, unheardText });
  }

  #awaitText(): void {
    const { textFlushMs } = this.#parts.options;
    if (textFlushMs === 0) return;
    this.#timers.start('text', textFlushMs, () => this.dispatch({ type: 'text_idle' }));
  }

  /** Counted from the last sound of speech; that it ended was only known after the silence that ends speech. */
  #resumeDelayMs(): number {
    const { false_interruption_timeout_ms: timeoutMs, min_silence_duration_ms: silenceMs } =
      this.#settings.vad;
    return Math.max(0, timeoutMs - silenceMs);
  }
}

function voiceOf({ language, model_id: modelId, voice }: SessionSettings): VoiceRequest {
  return {
    language,
    ...(modelId !== undefined && { modelId }),
    ...(voice !== undefined && { voice }),
  };
}
