import type {
  ErrorMessage,
  ResumeRequest,
  SessionSettings,
  SessionStartMessageV1,
  SessionStateName,
} from '@parley/protocol/client';
import { ParleyClientError } from '../client-error.ts';
import type { Emitter } from '../emitter.ts';
import type { SessionMessage } from './connection.ts';
import { emitMessage } from './emit-message.ts';
import { utteranceError } from './end-error.ts';
import type { SessionEvents } from './session-events.ts';
import type { SessionOutput } from './session-output.ts';
import type { SettingsUpdates } from './settings-updates.ts';
import type { SpeechPlayback } from './speech-playback.ts';
import type { Utterances } from './utterances.ts';

/** Whom {@link SessionIntake} passes on what the server says. */
export interface SessionIntakeOptions {
  readonly events: Emitter<SessionEvents>;
  readonly output: SessionOutput;
  readonly speech: SpeechPlayback;
  readonly updates: SettingsUpdates;
  readonly utterances: Utterances;
}

/** What the server says as text, and what is known of the session from it. */
export class SessionIntake {
  readonly #options: SessionIntakeOptions;
  #start: SessionStartMessageV1 | undefined;
  #isLost = false;
  #settings: SessionSettings | undefined;
  #state: SessionStateName = 'INITIALIZING';
  /** The server holds playback. */
  #isHeld = false;
  /** Text messages of this session that arrived, but for `session_start` and `audio`. */
  #eventCount = 0;

  constructor(options: SessionIntakeOptions) {
    this.#options = options;
  }

  /** How the session began, or was last taken up. Throws when it has not begun. */
  get started(): SessionStartMessageV1 {
    if (this.#start === undefined) throw new ParleyClientError('SESSION_CLOSED', 'There is no session yet.');
    return this.#start;
  }

  /** Settings in force. Throws when the session has not begun. */
  get settings(): SessionSettings {
    return this.#settings ?? this.started.settings;
  }

  /** State of the conversation. */
  get state(): SessionStateName {
    return this.#state;
  }

  /** What to take up when connecting again; `undefined` where there is nothing. */
  get resumeRequest(): ResumeRequest | undefined {
    if (this.#start === undefined || this.#isLost) return undefined;
    const { nextSample } = this.#options.speech;
    return { token: this.#start.resume_token, samples: nextSample, events: this.#eventCount };
  }

  /** The server no longer has the session. */
  onLost(): void {
    this.#isLost = true;
  }

  /** A message came that cannot be read; it counts all the same. */
  onUnread(): void {
    this.#eventCount += 1;
  }

  /** A connection begins. Nothing is told before the output knows where it stands: whoever listens may send. */
  onStart(start: SessionStartMessageV1): void {
    const previous = this.#start;
    this.#start = start;
    this.#isLost = false;
    this.#configure(start.settings);
    if (previous !== undefined && start.resumed) this.#resume(start);
    else this.#begin(start, previous);
  }

  /** A message came. */
  onMessage(message: SessionMessage): void {
    const { events, output, speech, updates, utterances } = this.#options;
    if (message.type !== 'audio') this.#eventCount += 1;
    switch (message.type) {
      case 'audio':
        speech.onMessage(message);
        return;
      case 'session_updated':
        this.#configure(message.settings);
        events.emit('settings', message.settings);
        updates.granted(message.settings);
        return;
      case 'error':
        this.#onError(message);
        return;
      case 'pong':
        output.onPong(message.t);
        speech.onPong(message.t);
        updates.onPong(message.t);
        return;
      case 'state':
        this.#state = message.state;
        events.emit('state', message.state);
        return;
      case 'pause':
        speech.hold('server');
        this.#isHeld = true;
        events.emit('held', true);
        return;
      case 'resume':
        speech.release('server');
        this.#isHeld = false;
        events.emit('held', false);
        return;
      case 'clear':
        speech.clear(message.generation);
        // Nothing is left to be held, and no `resume` follows.
        if (this.#isHeld) events.emit('held', false);
        this.#isHeld = false;
        return;
      case 'utterance_end':
        output.onUtteranceEnd(message.utterance_id);
        utterances.ended(message.utterance_id, utteranceError(message.reason));
        emitMessage(events, message);
        return;
      case 'utterance_start':
      case 'speech_started':
      case 'speech_stopped':
      case 'transcript':
      case 'warning':
        emitMessage(events, message);
        return;
      case 'session_end':
        return;
      default:
        message satisfies never;
    }
  }

  #resume({ client_messages: count, limits, settings }: SessionStartMessageV1): void {
    const { events, output } = this.#options;
    const isTrue = output.onResumed(count, limits);
    events.emit('settings', settings);
    if (isTrue) return;
    const problem = 'The server counted more messages than were sent.';
    events.emit('error', new ParleyClientError('CONNECTION_ERROR', problem));
  }

  #begin(start: SessionStartMessageV1, previous: SessionStartMessageV1 | undefined): void {
    const { events, output, speech, updates, utterances } = this.#options;
    this.#eventCount = 0;
    this.#state = 'LISTENING';
    updates.combine();
    const { wanted } = updates;
    const first = wanted === undefined ? undefined : ({ type: 'session_update', ...wanted } as const);
    const unconfirmedMessages = output.onNewSession(first, start.limits);
    if (previous !== undefined) speech.restart();
    events.emit('settings', start.settings);
    if (previous === undefined) return;
    utterances.endAll(new ParleyClientError('SESSION_LOST', 'The server no longer has the session.'));
    events.emit('replaced', { previousId: previous.session_id, id: start.session_id, unconfirmedMessages });
  }

  #configure(settings: SessionSettings): void {
    this.#settings = settings;
    this.#options.speech.configure(settings.output);
  }

  #onError({ code, message }: ErrorMessage): void {
    this.#options.updates.onError(new ParleyClientError(code, message));
  }
}
