import type {
  ClientMessageV1,
  SessionLimits,
  SessionSettings,
  SessionSettingsUpdate,
  SessionStateName,
  UtteranceEndMessageV1,
} from '@parley/protocol/client';
import type { PlaybackPosition } from '../audio-sink.ts';
import { ParleyClientError, type ClientErrorCode } from '../client-error.ts';
import { Emitter, type Unsubscribe } from '../emitter.ts';
import type { Microphone } from '../microphone/microphone.ts';
import type { ConnectOptions } from './connect-options.ts';
import type { ConnectionState, SessionEnd } from './connection-state.ts';
import { Connection } from './connection.ts';
import { endError } from './end-error.ts';
import { MicrophoneUplink } from './microphone-uplink.ts';
import type { ParleySession, UtteranceOptions } from './parley-session.ts';
import { resolveOptions } from './resolve-options.ts';
import type { SessionEvents } from './session-events.ts';
import { SessionIntake } from './session-intake.ts';
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
  readonly #updates: SettingsUpdates;
  readonly #utterances: Utterances;
  readonly #intake: SessionIntake;

  constructor(options: ConnectOptions) {
    const resolved = resolveOptions(options);
    const { clock } = resolved;
    this.ended = this.#events.once('end');
    this.#updates = new SettingsUpdates((error) => this.#events.emit('error', error));
    this.#speech = new SpeechPlayback({
      sink: options.sink,
      decodeOpus: options.decodeOpus,
      handlers: {
        onSpeech: (frame) => this.#events.emit('audio', frame),
        onPlayed: (position) => this.#onPlayed(position),
        onCleared: (position) => this.#onCleared(position),
        onDropped: (position) => this.#events.emit('cleared', position),
        onError: (error) => this.#events.emit('error', error),
      },
    });
    this.#connection = new Connection({
      ...resolved,
      handlers: {
        resumeRequest: () => this.#intake.resumeRequest,
        onStart: (start) => {
          this.#intake.onStart(start);
          this.#uplink.flush(this.#intake.settings.input);
        },
        onMessage: (message) => this.#intake.onMessage(message),
        onUnknown: () => this.#intake.onUnread(),
        onAudio: (frame) => this.#speech.onFrame(frame),
        onProblem: (problem, container) => {
          if (container === 'text') this.#intake.onUnread();
          this.#report('CONNECTION_ERROR', `The server broke the protocol: ${problem}`);
        },
        onSessionLost: () => this.#intake.onLost(),
        onBeat: () => this.#output.ping(),
        onState: (state) => this.#onConnection(state),
      },
    });
    this.#uplink = new MicrophoneUplink({
      connection: this.#connection,
      backlogMs: resolved.microphoneBacklogMs,
      onCloseFailed: (cause) => this.#report('MICROPHONE_FAILED', 'A microphone did not close.', cause),
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
    this.#intake = new SessionIntake({
      events: this.#events,
      output: this.#output,
      speech: this.#speech,
      updates: this.#updates,
      utterances: this.#utterances,
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
    return this.#intake.started.session_id;
  }

  get connection(): ConnectionState {
    return this.#connection.state;
  }

  get state(): SessionStateName {
    return this.#intake.state;
  }

  get settings(): SessionSettings {
    return this.#intake.settings;
  }

  get limits(): SessionLimits {
    return this.#intake.started.limits;
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
    this.#checkOpen();
    this.#speech.hold('application');
    this.#output.sendCommand('PAUSE');
  }

  resume(): void {
    this.#checkOpen();
    this.#output.sendCommand('RESUME');
    this.#speech.release('application');
  }

  stop(): void {
    this.#checkOpen();
    const { t, unsentUtterances } = this.#output.sendStop();
    this.#speech.stop(t);
    this.#speech.release('application');
    this.#utterances.endAll(new ParleyClientError('ABORTED', 'The utterance was stopped.'));
    for (const id of unsentUtterances) this.#events.emit('utteranceEnd', neverSaid(id));
  }

  async update(settings: SessionSettingsUpdate): Promise<SessionSettings> {
    this.#checkOpen();
    return await this.#updates.add(
      settings,
      this.#output.sendBracketed({ type: 'session_update', ...settings }),
    );
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

  get #isOver(): boolean {
    return this.#connection.state.kind === 'closing' || this.#connection.state.kind === 'closed';
  }

  #send(...messages: readonly ClientMessageV1[]): void {
    this.#checkOpen();
    this.#output.send(...messages);
  }

  #checkOpen(): void {
    if (this.#isOver) throw new ParleyClientError('SESSION_CLOSED', 'The session is over.');
  }

  #onPlayed(position: PlaybackPosition): void {
    this.#output.sendNow({ type: 'played', ...position });
    this.#events.emit('played', position);
  }

  #onCleared(position: PlaybackPosition): void {
    this.#output.sendCleared({ type: 'cleared', ...position });
    this.#events.emit('cleared', position);
  }

  #onConnection(state: ConnectionState): void {
    this.#events.emit('connection', state);
    if (state.kind !== 'closed') return;
    const error = endError(state.end);
    this.#utterances.endAll(error);
    this.#updates.close(error);
    this.#output.close();
    this.#uplink.close();
    this.#events.emit('end', state.end);
  }

  #report(code: ClientErrorCode, message: string, cause?: unknown): void {
    this.#events.emit('error', new ParleyClientError(code, message, cause === undefined ? {} : { cause }));
  }
}

/** The end of an utterance that was stopped before the server got a word of it. */
function neverSaid(utteranceId: string): UtteranceEndMessageV1 {
  return {
    type: 'utterance_end',
    utterance_id: utteranceId,
    reason: 'stopped',
    heard_ms: 0,
    heard_text: '',
  };
}
