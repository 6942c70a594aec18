import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import type { ClientMessageV1 as ClientMessage, SessionSettings } from '@parley/protocol';
import { createPlayoutScheduler } from '../playout/playout-scheduler.ts';
import type { ClientLink, EventMessage, LinkDefaults } from './ports/client-link.ts';
import type { Ears, EarsListener, HearResult } from './ports/ears.ts';
import type { Logger } from './ports/logger.ts';
import type {
  FrameSink,
  SegmentSynthesis,
  SpeechSession,
  SynthesisResult,
  VoiceRequest,
} from './ports/worker-pool.ts';
import { SessionManager } from './session-manager.ts';
import type { SessionMetrics } from './session-metrics.ts';
import type { SessionOptions } from './session-parts.ts';

const FRAME = new Uint8Array(1920);

/** A client that writes down what it gets. */
class FakeLink implements ClientLink {
  readonly transport = 'test';
  readonly leadMs = 60;
  readonly defaults: LinkDefaults = {
    output: { encoding: 'pcm_s16le', sample_rate: 48_000, container: 'binary' },
    playout_lead_ms: 60,
  };
  holdsBuffer = false;
  resumable = false;
  readonly configured: SessionSettings[] = [];
  readonly unsentLimitBytes = 1000;
  unsentBytes = 0;
  frames = 0;
  closedWith: string | undefined;
  readonly lines: string[] = [];
  readonly messages: EventMessage[] = [];

  send(message: EventMessage): void {
    this.messages.push(message);
    if (['state', 'pause', 'resume', 'clear'].includes(message.type)) return;
    if (message.type === 'error') this.lines.push(`error ${message.code}`);
    else if (message.type === 'session_end') this.lines.push(`session_end ${message.reason}`);
    else this.lines.push(message.type);
  }

  sendAudio(): void {
    this.frames += 1;
  }

  configure(settings: SessionSettings): void {
    this.configured.push(settings);
  }

  close(code: number, reason: string): void {
    this.closedWith = `${code} ${reason}`;
  }
}

/** One asked-for segment, answered by hand. */
interface Asked {
  readonly text: string;
  readonly voice: VoiceRequest;
  readonly sink: FrameSink;
  readonly finish: (result: SynthesisResult) => void;
  cancelled: boolean;
  resumed: number;
}

/** A microphone whose events are raised by hand. */
class FakeEars implements Ears {
  readonly listener: EarsListener;
  readonly heard: number[] = [];
  systemSpeaks = false;
  closed = false;
  answer: HearResult = { kind: 'ok' };

  constructor(listener: EarsListener) {
    this.listener = listener;
  }

  hear(bytes: Uint8Array): HearResult {
    this.heard.push(bytes.byteLength);
    return this.answer;
  }

  setSystemSpeaks(speaks: boolean): void {
    this.systemSpeaks = speaks;
  }

  configure(): void {}

  close(): void {
    this.closed = true;
  }
}

class FakeSpeech implements SpeechSession {
  readonly workerAddr = 'grpc://worker:7001';
  readonly asked: Asked[] = [];
  closed = 0;

  synthesize(text: string, voice: VoiceRequest, sink: FrameSink): SegmentSynthesis {
    const { promise, resolve } = Promise.withResolvers<SynthesisResult>();
    const asked: Asked = { text, voice, sink, finish: resolve, cancelled: false, resumed: 0 };
    this.asked.push(asked);
    return {
      done: promise,
      resume: () => {
        asked.resumed += 1;
      },
      cancel: () => {
        asked.cancelled = true;
        resolve({ kind: 'cancelled' });
      },
    };
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

const OPTIONS: SessionOptions = {
  limitsFor: () => ({
    maxQueuedCharacters: 1000,
    maxQueuedUtterances: 10,
    bargeIn: 'confirmed',
    segment: ({ buffer, isFinal, flush }) =>
      isFinal || flush ? { segments: [buffer], rest: '' } : { segments: [], rest: buffer },
    spoken: (segment) => segment.trim(),
  }),
  queueFrames: 20,
  slowConsumerTimeoutMs: 5000,
  idleTimeoutMs: 300_000,
  maxDurationMs: 3_600_000,
  maxMessages: 0,
  textFlushMs: 1500,
  keptFrames: 20,
  resumeWindowMs: 30_000,
  refuse: () => undefined,
  told: {
    max_message_bytes: 65_536,
    max_text_characters: 10_000,
    max_queued_characters: 1000,
    resume_window_seconds: 30,
  },
};

const SETTINGS: SessionSettings = {
  language: 'en',
  output: { encoding: 'pcm_s16le', sample_rate: 48_000, container: 'binary' },
  input: { encoding: 'pcm_s16le', sample_rate: 16_000 },
  vad: {
    enabled: true,
    engine: 'webrtc',
    aggressiveness: 2,
    min_speech_duration_ms: 100,
    min_silence_duration_ms: 300,
    speaking_threshold_multiplier: 2,
    min_interruption_ms: 500,
    min_interruption_words: 0,
    false_interruption_timeout_ms: 800,
  },
  responder: { mode: 'none' },
  playout_lead_ms: 60,
  metadata: {},
};

const say = (text: string, isFinal = true): ClientMessage => ({ type: 'text', text, is_final: isFinal });

function push(sink: FrameSink, frames: number): void {
  for (let pushed = 0; pushed < frames; pushed += 1) sink.push(FRAME);
}

/** Lets promises that are settled by now run their continuations. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a session', () => {
  let clock: FakeClock;
  let link: FakeLink;
  let speech: FakeSpeech;
  let manager: SessionManager;
  let counted: string[];
  let ears: FakeEars | undefined;
  let tokens: number;

  beforeEach(() => {
    clock = new FakeClock();
    link = new FakeLink();
    speech = new FakeSpeech();
    counted = [];
    ears = undefined;
    tokens = 0;
    manager = makeManager(OPTIONS);
  });

  function makeManager(sessionOptions: SessionOptions, { deaf = false } = {}): SessionManager {
    const metrics: SessionMetrics = {
      frameSent() {},
      underrun() {},
      heldBack() {},
      sessionOpened: () => counted.push('opened'),
      sessionClosed: (_transport, reason) => counted.push(`closed ${reason}`),
      stateChanged() {},
      messageReceived() {},
      errorSent: (code) => counted.push(code),
      transitionRefused: () => counted.push('refused'),
      firstAudio: (totalMs) => counted.push(`first audio ${totalMs}`),
    };
    return new SessionManager({
      clock,
      metrics,
      sessionOptions,
      logger: silentLogger,
      scheduler: createPlayoutScheduler({ clock }),
      workerPool: { openSession: () => speech },
      newId: () => 'id-1',
      newToken: () => `token-${(tokens += 1)}`,
      settingsFor: (metadata) => ({ ...SETTINGS, ...metadata }),
      ...(!deaf && {
        openEars: (_settings: SessionSettings, listener: EarsListener): Ears => {
          ears = new FakeEars(listener);
          return ears;
        },
      }),
      random: () => 0.5,
    });
  }

  function open(metadata: Record<string, string> = {}): (message: ClientMessage) => void {
    const result = manager.open({ link, metadata });
    assert.equal(result.kind, 'opened');
    return (message) => result.session.receive(message);
  }

  function asked(index: number): Asked {
    const found = speech.asked[index];
    assert.ok(found, `segment ${index} was asked for`);
    return found;
  }

  test('speaks a text from worker to client and measures the first audio', async () => {
    const receive = open();
    receive(say('Hello.'));
    clock.advance(40);
    push(asked(0).sink, 10);
    asked(0).finish({ kind: 'completed' });
    await settled();
    clock.advance(200);
    assert.equal(link.frames, 10);
    assert.deepEqual(link.lines, ['session_start', 'utterance_start', 'utterance_end']);
    assert.ok(counted.includes('first audio 40'));
  });

  test('asks with the voice of the client, and with the defaults where it names none', () => {
    open({ voice: 'f2', language: 'de' })(say('Hallo.'));
    assert.deepEqual(asked(0).voice, { language: 'de', voice: 'f2' });
  });

  test('wakes a worker that waits for room', () => {
    open()(say('Hello.'));
    while (asked(0).sink.room > 0) asked(0).sink.push(FRAME);
    assert.equal(asked(0).resumed, 0);
    clock.advance(400);
    assert.equal(asked(0).resumed, 1);
  });

  test('STOP cancels the worker and lets no frame through afterwards', async () => {
    const receive = open();
    receive(say('Hello.'));
    push(asked(0).sink, 20);
    const { frames } = link;
    receive({ type: 'control', command: 'STOP' });
    assert.equal(asked(0).cancelled, true);
    await settled();
    clock.advance(1000);
    assert.equal(link.frames, frames);
    receive(say('Again.'));
    push(asked(1).sink, 1);
    assert.equal(link.frames, frames + 1);
  });

  test('PAUSE stops the very next frame and RESUME goes on with it', () => {
    const receive = open();
    receive(say('Hello.'));
    push(asked(0).sink, 20);
    receive({ type: 'control', command: 'PAUSE' });
    const { frames } = link;
    clock.advance(10_000);
    assert.equal(link.frames, frames);
    receive({ type: 'control', command: 'RESUME' });
    assert.equal(link.frames, frames + 3, 'the client has run dry: it gets its lead again');
    clock.advance(1000);
    assert.equal(link.frames, 20);
  });

  test('speaks unfinished text when no more comes for the flush time', () => {
    const receive = open();
    receive(say('Hello', false));
    clock.advance(1000);
    receive(say(' there', false));
    clock.advance(1499);
    assert.equal(speech.asked.length, 0);
    clock.advance(1);
    assert.equal(asked(0).text, 'Hello there');
  });

  test('ends an idle client and really closes the connection', async () => {
    const receive = open();
    clock.advance(200_000);
    receive({ type: 'control', command: 'RESUME' });
    clock.advance(299_000);
    assert.equal(link.closedWith, undefined);
    clock.advance(1000);
    assert.deepEqual(link.lines.at(-1), 'session_end idle_timeout');
    assert.equal(link.closedWith, '1000 idle_timeout');
    assert.equal(speech.closed, 1);
    assert.equal(manager.size, 0);
    assert.equal(clock.pending, 0, 'no timer is left');
  });

  test('is not idle while it speaks, and is while it is paused and forgotten', () => {
    manager = makeManager({ ...OPTIONS, idleTimeoutMs: 1000 });
    const receive = open();
    receive(say('Hello.'));
    for (let second = 0; second < 5; second += 1) {
      while (asked(0).sink.room > 0) asked(0).sink.push(FRAME);
      clock.advance(300);
    }
    assert.equal(link.closedWith, undefined);
    receive({ type: 'control', command: 'PAUSE' });
    clock.advance(2000);
    assert.equal(link.closedWith, '1000 idle_timeout');
  });

  test('ends at its longest duration though it is busy', () => {
    const receive = open();
    for (let minute = 0; minute < 60; minute += 1) {
      receive({ type: 'control', command: 'RESUME' });
      clock.advance(60_000);
    }
    assert.equal(link.closedWith, '1000 max_duration');
  });

  test('ends with SESSION_LIMIT after the most messages', () => {
    manager = makeManager({ ...OPTIONS, maxMessages: 2 });
    const receive = open();
    for (let sent = 0; sent < 4; sent += 1) receive({ type: 'control', command: 'RESUME' });
    assert.deepEqual(link.lines.slice(1), ['error SESSION_LIMIT', 'session_end error']);
    assert.equal(link.closedWith, '1013 SESSION_LIMIT');
  });

  test('gives a client up that does not read', () => {
    open()(say('Hello.'));
    link.unsentBytes = 5000;
    push(asked(0).sink, 5);
    clock.advance(6000);
    assert.equal(link.closedWith, '1013 SLOW_CONSUMER');
    assert.equal(asked(0).cancelled, true);
  });

  test('says once that nobody listens to microphone audio', () => {
    manager = makeManager(OPTIONS, { deaf: true });
    const receive = open();
    receive({ type: 'audio_in', pcm: '' });
    receive({ type: 'audio_in', pcm: '' });
    assert.deepEqual(link.lines, ['session_start', 'error UNSUPPORTED']);
  });

  test('a client that goes away in the middle frees everything and is told nothing', async () => {
    const receive = open();
    receive(say('Hello.'));
    push(asked(0).sink, 20);
    for (const session of manager.sessions) session.end('client_disconnect');
    assert.equal(asked(0).cancelled, true);
    assert.equal(speech.closed, 1);
    assert.equal(link.closedWith, undefined);
    assert.deepEqual(counted.slice(-1), ['closed client_disconnect']);
    clock.advance(4);
    assert.equal(clock.pending, 0, 'no timer is left');
    receive(say('Still there?'));
    assert.equal(speech.asked.length, 1);
  });

  test('a drain lets the sentence finish, then closes with a hint when to come back', async () => {
    const receive = open();
    receive(say('Hello.'));
    push(asked(0).sink, 10);
    const drained = manager.drain(10_000);
    assert.equal(link.closedWith, undefined);
    asked(0).finish({ kind: 'completed' });
    await settled();
    clock.advance(250);
    await drained;
    assert.equal(link.frames, 10);
    assert.deepEqual(link.lines.slice(-2), ['utterance_end', 'session_end server_shutdown']);
    assert.equal(link.closedWith, '1012 server_shutdown; retry_after_ms=2500');
    assert.deepEqual(manager.open({ link, metadata: {} }), { kind: 'draining' });
  });

  test('a drain does not wait longer than it may for a session that hangs', async () => {
    open()(say('Hello.'));
    const drained = manager.drain(10_000);
    clock.advance(10_000);
    await drained;
    assert.equal(link.lines.at(-1), 'session_end server_shutdown');
  });
});
