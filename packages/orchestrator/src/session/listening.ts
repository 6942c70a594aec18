import type { SessionSettings } from '@parley/protocol';
import type { Dialogue } from './dialogue.ts';
import { heardWords } from './heard-words.ts';
import type { MessageFault } from './message-fault.ts';
import type { Ears, EarsListener, Transcript } from './ports/ears.ts';
import type { SessionParts } from './session-parts.ts';
import type { SessionState } from './session-state.ts';
import type { Speaker, SpeakerListener } from './speaker.ts';
import { isInGap } from './step-speech.ts';
import { UserTurn } from './user-turn.ts';

/** Options of a {@link Listening}. */
export interface ListeningOptions {
  readonly parts: SessionParts;
  readonly settings: SessionSettings;
  readonly speaker: Speaker;
  readonly dialogue: Dialogue;
  readonly actions: ListeningActions;
}

/** What a {@link Listening} asks of its session. */
export interface ListeningActions extends Pick<SpeakerListener, 'send'> {
  tellError(code: 'UNSUPPORTED' | 'RATE_LIMITED' | 'TRANSCRIPTION_FAILED', message: string): void;
  /** The user begins to speak, or is silent again. */
  onVoice(): void;
  /** The user was heard to speak this language (BCP 47). */
  onLanguage(language: string): void;
}

/** How often a client that sends audio too fast is told so. */
const TOO_FAST_INTERVAL_MS = 1000;

/** The user's voice in one session: from microphone audio to what it does to the conversation. */
export class Listening implements EarsListener {
  readonly #options: ListeningOptions;
  readonly #userTurn = new UserTurn();
  #settings: SessionSettings;
  #ears: Ears | undefined;
  /** The last transcript was a partial one, with words. */
  #hasPartialWords = false;
  #toldDeaf = false;
  #toldTooFastAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ListeningOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  /** Takes microphone audio in the session's input format; read only during the call. */
  hear(bytes: Uint8Array): MessageFault | undefined {
    this.#ears ??= this.#open();
    if (this.#ears === undefined) {
      if (this.#toldDeaf) return undefined;
      this.#toldDeaf = true;
      const text = 'this server does not listen to microphone audio: send text';
      this.#options.actions.tellError('UNSUPPORTED', text);
      return undefined;
    }
    const result = this.#ears.hear(bytes);
    if (result.kind === 'invalid') return { code: 'INVALID_MESSAGE', problem: result.problem };
    if (result.kind === 'too_fast') this.#tellTooFast(result.problem);
    return undefined;
  }

  /** The conversation has come to another state. */
  onStateChanged(from: SessionState, to: SessionState): void {
    this.#ears?.setSystemSpeaks(to === 'SPEAKING');
    if (from === 'BARGED_IN' && to === 'SPEAKING') this.#userTurn.spokenOver();
  }

  /** Takes over changed settings. */
  configure(settings: SessionSettings): void {
    this.#settings = settings;
    this.#ears?.configure(settings);
  }

  /** Frees the ears. Idempotent. */
  close(): void {
    this.#ears?.close();
  }

  onSpeechStarted(atMs: number, heardMs: number): void {
    const { actions, parts, speaker } = this.#options;
    actions.onVoice();
    speaker.settleEndings();
    this.#userTurn.speechStarted(this.#turnState);
    actions.send({ type: 'speech_started', at_ms: Math.round(atMs), decided_at_ms: Math.round(heardMs) });
    const wasSpeaking = this.#state === 'SPEAKING';
    speaker.dispatch({ type: 'speech_started' });
    // Held within this call, so that the audio that has come by now is all that came before the hold.
    if (wasSpeaking && this.#state !== 'SPEAKING') parts.metrics.bargeInLatency(heardMs - atMs);
  }

  onSpeechSustained(): void {
    this.#userTurn.speechSustained();
    this.#options.speaker.dispatch({ type: 'speech_sustained' });
  }

  onSpeechStopped(atMs: number): void {
    this.#userTurn.speechStopped();
    this.#options.actions.onVoice();
    this.#options.speaker.dispatch({ type: 'speech_stopped' });
    this.#options.actions.send({ type: 'speech_stopped', at_ms: Math.round(atMs) });
  }

  onTranscript(transcript: Transcript): void {
    const { actions, dialogue, speaker } = this.#options;
    if (this.#state === 'CLOSED') return;
    const { turnId, text, isFinal, language } = transcript;
    const known = language === undefined ? {} : { language };
    actions.send({ type: 'transcript', turn_id: turnId, text, is_final: isFinal, ...known });
    const { min_interruption_words: minWords } = this.#settings.vad;
    if (minWords > 0 && heardWords(text).length >= minWords) {
      this.#userTurn.wordsUnderstood();
      speaker.dispatch({ type: 'speech_sustained' });
    }
    if (text !== '') speaker.onUserWords();
    this.#hasPartialWords = !isFinal && heardWords(text).length > 0;
    if (!isFinal) return;
    if (language !== undefined) actions.onLanguage(language);
    speaker.settleEndings();
    dialogue.userSaid(transcript, this.#settings, this.#userTurn.over(this.#turnState));
  }

  onTranscriptionFailed(message: string): void {
    const { actions, dialogue, speaker } = this.#options;
    actions.tellError('TRANSCRIPTION_FAILED', message);
    speaker.settleEndings();
    const { isMeant, isSpeaking } = this.#userTurn;
    const hadWords = isMeant || this.#hasPartialWords;
    const asks = this.#userTurn.over(this.#turnState);
    this.#hasPartialWords = false;
    // After a cough nobody waits for an answer, and who speaks on will be answered then.
    if (asks && hadWords && !isSpeaking) dialogue.missed(this.#settings);
    else dialogue.heardNothing();
  }

  onPartialsShed(): void {
    if (this.#state === 'CLOSED') return;
    const message = 'speech recognition falls behind: there are fewer partial transcripts for now';
    this.#options.actions.send({ type: 'warning', code: 'PARTIALS_SHED', message });
  }

  get #state(): SessionState {
    return this.#options.speaker.conversation.state;
  }

  /** What is said in passing while an answer waits for its next words does not end it, no more than while it is heard. */
  get #turnState(): SessionState {
    const { conversation } = this.#options.speaker;
    return isInGap(conversation, ({ isAnswer }) => isAnswer) ? 'SPEAKING' : conversation.state;
  }

  /** With the first audio, as most clients of some transports send none. */
  #open(): Ears | undefined {
    const ears = this.#options.parts.openEars?.(this.#settings, this);
    ears?.setSystemSpeaks(this.#state === 'SPEAKING');
    return ears;
  }

  /** Throttled is no fault: audio is only dropped, and the client told so now and then. */
  #tellTooFast(problem: string): void {
    const nowMs = this.#options.parts.clock.nowMs();
    if (nowMs - this.#toldTooFastAtMs < TOO_FAST_INTERVAL_MS) return;
    this.#toldTooFastAtMs = nowMs;
    this.#options.actions.tellError('RATE_LIMITED', problem);
  }
}
