import type {
  ClientMessageV1,
  ControlCommand,
  ErrorMessage,
  ResumeRequest,
  SessionLimits,
  SessionSettings,
  SessionSettingsUpdate,
  SessionStartMessageV1,
  SessionStateName,
} from '@parley/protocol/client';
import type { PlaybackPosition } from '../audio-sink.ts';
import { ParleyClientError, type ClientErrorCode } from '../client-error.ts';
import { Emitter, type Unsubscribe } from '../emitter.ts';
import type { Microphone } from '../microphone/microphone.ts';
import type { ConnectOptions } from './connect-options.ts';
import type { ConnectionState, SessionEnd } from './connection-state.ts';
import { Connection, type SessionMessage } from './connection.ts';
import { emitMessage } from './emit-message.ts';
import { endError, utteranceError } from './end-error.ts';
import { MicrophoneUplink } from './microphone-uplink.ts';
import type { ParleySession, UtteranceOptions } from './parley-session.ts';
import { resolveOptions } from './resolve-options.ts';
import type { SessionEvents } from './session-events.ts';
import { SessionOutput } from './session-output.ts';
import { SettingsUpdates } from './settings-updates.ts';
import type { SpeechCounters } from './speech-inbox.ts';
import { SpeechPlayback } from './speech-playback.ts';
import type { TextStream } from './text-stream.ts';
import { Utterances } from './utterances.ts';

/** The one implementation of {@link ParleySession}. */
export class ClientSession implements ParleySession {
  readonly ended: Promise<SessionEnd>;
  readonly #events = new Emitter<SessionEvents>();
  readonly #connection: Connection;
  readonly #output: SessionOutput;
  readonly #speech: SpeechPlayback;
  readonly #uplink: MicrophoneUplink;
  readonly #updates = new SettingsUpdates();
  readonly #utterances: Utterances;
  #start: SessionStartMessageV1 | undefined;
  #isLost = false;
  #settings: SessionSettings | undefined;
  #state: SessionStateName = 'INITIALIZING';
  /** Text messages of this session that arrived, but for `session_start` and `audio`. */
  #eventCount = 0;

  constructor(options: ConnectOptions) {
    const resolved = resolveOptions(options);
    const { clock } = resolved;
    this.ended = this.#events.once('end');
    this.#speech = new SpeechPlayback({
      sink: options.sink,
      decodeOpus: options.decodeOpus,
      handlers: {
        onSpeech: (frame) => this.#events.emit('audio', frame),
        onPlayed: (position) => this.#onPlayed(position),
        onCleared: (position) => this.#onCleared(position),
        onError: (error) => this.#events.emit('error', error),
      },
    });
    this.#connection = new Connection({
      ...resolved,
      handlers: {
        resumeRequest: () => this.#resumeRequest(),
        onStart: (start) => this.#onStart(start),
        onMessage: (message) => this.#onMessage(message),
        onUnknown: () => {
          this.#eventCount += 1;
        },
        onAudio: (frame) => this.#speech.onFrame(frame),
        onProblem: (problem, container) => {
          if (container === 'text') this.#eventCount += 1;
          this.#report('CONNECTION_ERROR', `The server broke the protocol: ${problem}`);
        },
        onSessionLost: () => {
          this.#isLost = true;
        },
        onBeat: () => this.#output.ping(),
        onState: (state) => this.#onConnection(state),
      },
    });
    this.#uplink = new MicrophoneUplink({
      connection: this.#connection,
      backlogMs: resolved.microphoneBacklogMs,
    });
    this.#output = new SessionOutput({
      connection: this.#connection,
      clock,
      limitCharacters: resolved.maxUnconfirmedCharacters,
    });
    this.#utterances = new Utterances({
      clock,
      maxCharacters: () => this.limits.max_text_characters,
      send: (messages) => this.#send(...messages),
      room: () => this.#output.room(),
    });
  }

  /** Connects; resolves when the session has started with these settings, and rejects when it cannot. */
  async start(initial: SessionSettingsUpdate | undefined): Promise<void> {
    const started = initial === undefined ? this.#events.once('settings') : this.#updates.add(initial);
    const failed = this.ended.then((end) => Promise.reject(endError(end)));
    this.#connection.open();
    await Promise.race([started, failed]);
  }

  /** Ends because of an error. */
  fail(error: ParleyClientError): void {
    this.#connection.fail(error);
  }

  get id(): string {
    return this.#started.session_id;
  }

  get connection(): ConnectionState {
    return this.#connection.state;
  }

  get state(): SessionStateName {
    return this.#state;
  }

  get settings(): SessionSettings {
    return this.#settings ?? this.#started.settings;
  }

  get limits(): SessionLimits {
    return this.#started.limits;
  }

  get rttMs(): number | undefined {
    return this.#output.rttMs;
  }

  get speech(): SpeechCounters {
    return this.#speech.counters;
  }

  on<Name extends keyof SessionEvents>(
    name: Name,
    listener: (event: SessionEvents[Name]) => void,
  ): Unsubscribe {
    return this.#events.on(name, listener);
  }

  once<Name extends keyof SessionEvents>(name: Name): Promise<SessionEvents[Name]> {
    return this.#events.once(name);
  }

  say(text: string, { utteranceId }: UtteranceOptions = {}): string {
    return this.#utterances.say(text, utteranceId);
  }

  stream({ utteranceId }: UtteranceOptions = {}): TextStream {
    return this.#utterances.stream(utteranceId);
  }

  pause(): void {
    this.#speech.hold('application');
    this.#control('PAUSE');
  }

  resume(): void {
    this.#control('RESUME');
    this.#speech.release('application');
  }

  stop(): void {
    this.#control('STOP');
    this.#speech.release('application');
    this.#utterances.endAll(new ParleyClientError('ABORTED', 'The utterance was stopped.'));
  }

  async update(settings: SessionSettingsUpdate): Promise<SessionSettings> {
    this.#send({ type: 'session_update', ...settings });
    return await this.#updates.add(settings);
  }

  sendAudio(audio: Int16Array | Uint8Array): void {
    if (this.#isOver) return;
    this.#uplink.send(audio, this.settings.input);
  }

  async listen(microphone: Microphone): Promise<void> {
    this.#uplink.adopt(microphone);
    const { encoding, sample_rate: rateHz } = this.settings.input;
    if (encoding !== 'pcm_s16le' || rateHz !== microphone.sampleRateHz) {
      await this.update({ input: { encoding: 'pcm_s16le', sample_rate: microphone.sampleRateHz } });
    }
    if (this.#isOver) return;
    microphone.start((samples) => this.sendAudio(samples));
    await microphone.ended;
  }

  async end(): Promise<SessionEnd> {
    if (!this.#isOver) this.#send({ type: 'end_session' });
    return await this.ended;
  }

  async close(): Promise<SessionEnd> {
    this.#connection.close();
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #started(): SessionStartMessageV1 {
    if (this.#start === undefined) throw new ParleyClientError('SESSION_CLOSED', 'There is no session yet.');
    return this.#start;
  }

  get #isOver(): boolean {
    return this.#connection.state.kind === 'closing' || this.#connection.state.kind === 'closed';
  }

  #send(...messages: readonly ClientMessageV1[]): void {
    if (this.#isOver) throw new ParleyClientError('SESSION_CLOSED', 'The session is over.');
    this.#output.send(...messages);
  }

  #control(command: ControlCommand): void {
    this.#send({ type: 'control', command });
  }

  #resumeRequest(): ResumeRequest | undefined {
    if (this.#start === undefined || this.#isLost) return undefined;
    return { token: this.#start.resume_token, samples: this.#speech.nextSample, events: this.#eventCount };
  }

  /** Nothing is told before the output knows where it stands: whoever listens may send. */
  #onStart(start: SessionStartMessageV1): void {
    const previous = this.#start;
    this.#start = start;
    this.#isLost = false;
    this.#configure(start.settings);
    if (previous !== undefined && start.resumed) this.#resumeSession(start);
    else this.#beginSession(start, previous);
    this.#uplink.flush();
  }

  #resumeSession({ client_messages: count, limits, settings }: SessionStartMessageV1): void {
    const isTrue = this.#output.onResumed(count, limits);
    this.#events.emit('settings', settings);
    if (!isTrue) this.#report('CONNECTION_ERROR', 'The server counted more messages than were sent.');
  }

  #beginSession(start: SessionStartMessageV1, previous: SessionStartMessageV1 | undefined): void {
    this.#eventCount = 0;
    this.#state = 'LISTENING';
    this.#updates.combine();
    const wanted = this.#updates.wanted;
    const first = wanted === undefined ? undefined : ({ type: 'session_update', ...wanted } as const);
    const unconfirmedMessages = this.#output.onNewSession(first, start.limits);
    if (previous !== undefined) this.#speech.restart();
    this.#events.emit('settings', start.settings);
    if (previous === undefined) return;
    this.#utterances.endAll(new ParleyClientError('SESSION_LOST', 'The server no longer has the session.'));
    this.#events.emit('replaced', {
      previousId: previous.session_id,
      id: start.session_id,
      unconfirmedMessages,
    });
  }

  #onMessage(message: SessionMessage): void {
    if (message.type !== 'audio') this.#eventCount += 1;
    switch (message.type) {
      case 'audio':
        this.#speech.onMessage(message);
        return;
      case 'session_updated':
        this.#configure(message.settings);
        this.#events.emit('settings', message.settings);
        this.#updates.granted(message.settings);
        return;
      case 'error':
        this.#onError(message);
        return;
      case 'pong':
        this.#output.onPong(message.t);
        return;
      case 'state':
        this.#state = message.state;
        this.#events.emit('state', message.state);
        return;
      case 'pause':
        this.#speech.hold('server');
        this.#events.emit('held', true);
        return;
      case 'resume':
        this.#speech.release('server');
        this.#events.emit('held', false);
        return;
      case 'clear':
        this.#speech.clear(message.generation);
        return;
      case 'utterance_end':
        this.#utterances.ended(message.utterance_id, utteranceError(message.reason));
        emitMessage(this.#events, message);
        return;
      case 'utterance_start':
      case 'speech_started':
      case 'speech_stopped':
      case 'transcript':
      case 'warning':
        emitMessage(this.#events, message);
        return;
      case 'session_end':
        return;
      default:
        message satisfies never;
    }
  }

  #configure(settings: SessionSettings): void {
    this.#settings = settings;
    this.#speech.configure(settings.output);
  }

  #onError({ code, message }: ErrorMessage): void {
    const error = new ParleyClientError(code, message);
    const refusesUpdate = code === 'INVALID_MESSAGE' || code === 'UNSUPPORTED';
    if (refusesUpdate && this.#updates.isWaiting) this.#updates.refused(error);
    else this.#events.emit('error', error);
  }

  #onPlayed(position: PlaybackPosition): void {
    this.#output.sendNow({ type: 'played', ...position });
    this.#events.emit('played', position);
  }

  #onCleared(position: PlaybackPosition): void {
    this.#output.sendNow({ type: 'cleared', ...position });
    this.#events.emit('cleared', position);
  }

  #onConnection(state: ConnectionState): void {
    this.#events.emit('connection', state);
    if (state.kind !== 'closed') return;
    const error = endError(state.end);
    this.#utterances.endAll(error);
    this.#updates.close(error);
    this.#output.close();
    this.#uplink
      .close()
      .catch((cause: unknown) => this.#report('MICROPHONE_FAILED', 'A microphone did not close.', cause));
    this.#events.emit('end', state.end);
  }

  #report(code: ClientErrorCode, message: string, cause?: unknown): void {
    this.#events.emit('error', new ParleyClientError(code, message, cause === undefined ? {} : { cause }));
  }
}
