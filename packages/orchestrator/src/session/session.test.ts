import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { FakeClock } from '@parley/testkit';
import type { ClientMessageV1 as ClientMessage, SessionSettings } from '@parley/protocol';
import type { Responder, ResponseRequest } from '../responder/index.ts';
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
import type { Session } from './session.ts';

const FRAME = new Uint8Array(1920);

/** A client that writes down what it gets. */
class FakeLink implements ClientLink {
  readonly transport = 'test';
  readonly leadMs = 60;
  readonly latencyMs = 0;
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
  readonly offsets: number[] = [];
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

  continueAfter(): void {}

  sendAudio(_frame: Uint8Array, _sequence: number, _generation: number, sampleOffset: number): void {
    this.frames += 1;
    this.offsets.push(sampleOffset);
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
  keptBeyondLeadMs: 340,
  resumeWindowMs: 30_000,
  refuse: () => undefined,
  responderFor: () => undefined,
  historyLimit: 20,
  apology: '',
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
      bargeInHeld: () => counted.push('held'),
      bargeInEnded: (ending) => counted.push(ending),
      bargeInLatency: (latencyMs) => counted.push(`held after ${latencyMs}`),
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
    return (message) => {
      if (result.session.admit()) result.session.receive(message);
    };
  }

  /** A message of the client of the only session. */
  function attend(message: ClientMessage): void {
    const session = sessionOf();
    if (session.admit()) session.receive(message);
  }

  function asked(index: number): Asked {
    const found = speech.asked[index];
    assert.ok(found, `segment ${index} was asked for`);
    return found;
  }

  function sessionOf(): Session {
    const [session] = manager.sessions;
    assert.ok(session);
    return session;
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

  for (const [what, act] of [
    ['microphone audio in which nobody speaks', () => sessionOf().receiveAudio(new Uint8Array(640))],
    ['what the client sends by itself', () => attend({ type: 'ping', t: 1 })],
    ['reports of what was played', () => attend({ type: 'played', generation: 0, samples: 0 })],
  ] as const) {
    test(`${what} keeps no session that nobody attends to`, () => {
      open();
      for (let seconds = 0; seconds < 299; seconds += 1) {
        act();
        clock.advance(1000);
      }
      assert.equal(link.closedWith, undefined);
      act();
      clock.advance(1000);
      assert.equal(link.closedWith, '1000 idle_timeout');
    });
  }

  test('a voice keeps a session, from when it is heard to the time after it has fallen silent', () => {
    manager = makeManager({ ...OPTIONS, idleTimeoutMs: 10_000 });
    open();
    sessionOf().receiveAudio(new Uint8Array(640));
    clock.advance(9000);
    ears?.listener.onSpeechStarted(9000, 9150);
    clock.advance(30_000);
    assert.equal(link.closedWith, undefined);
    ears?.listener.onSpeechStopped(39_000);
    clock.advance(9999);
    assert.equal(link.closedWith, undefined);
    clock.advance(1);
    assert.equal(link.closedWith, '1000 idle_timeout');
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

  describe('with a microphone', () => {
    /** A session that is speaking, and the ears that listen to its user. */
    function speaking(): { receive: (message: ClientMessage) => void; listener: EarsListener } {
      link.holdsBuffer = true;
      const receive = open();
      const result = [...manager.sessions][0];
      result?.receiveAudio(new Uint8Array(640));
      assert.ok(ears);
      receive(say('One two three four.'));
      push(asked(0).sink, 20);
      clock.advance(100);
      return { receive, listener: ears.listener };
    }

    /** Messages of a type, in order. */
    function told<Type extends EventMessage['type']>(type: Type): Extract<EventMessage, { type: Type }>[] {
      return link.messages.filter((message) => message.type === type) as Extract<
        EventMessage,
        { type: Type }
      >[];
    }

    test('no frame leaves after the user has begun to speak, and the client is told to hold', () => {
      const { listener } = speaking();
      const { frames } = link;
      listener.onSpeechStarted(2000, 2150);
      clock.advance(5000);
      assert.equal(link.frames, frames);
      assert.deepEqual(told('pause'), [{ type: 'pause', generation: 0 }]);
      assert.deepEqual(told('speech_started'), [
        { type: 'speech_started', at_ms: 2000, decided_at_ms: 2150 },
      ]);
    });

    test('a barge-in is counted when it is held and when it is known what it was', () => {
      const { listener } = speaking();
      counted.length = 0;
      listener.onSpeechStarted(2000, 2150);
      assert.deepEqual(counted, ['held', 'held after 150']);
      listener.onSpeechStopped(2200);
      clock.advance(500);
      listener.onSpeechStarted(3000, 3180);
      listener.onSpeechSustained();
      listener.onSpeechStopped(4000);
      // Nobody speaks now, so that nothing is held.
      listener.onSpeechStarted(5000, 5200);
      assert.deepEqual(counted.slice(2), ['false_alarm', 'held', 'held after 180', 'confirmed']);
    });

    test('a cough resumes from the exact sample after the silence', () => {
      const { listener } = speaking();
      const { frames } = link;
      listener.onSpeechStarted(2000, 2150);
      clock.advance(200);
      listener.onSpeechStopped(2150);
      clock.advance(499);
      assert.equal(told('resume').length, 0);
      clock.advance(1);
      assert.equal(told('resume').length, 1);
      clock.advance(1000);
      assert.equal(link.frames, 20, 'every frame once');
      assert.ok(frames < 20);
      assert.equal(asked(0).cancelled, false);
    });

    test('a client is told in the order in which it can be understood, and of a clear only once', () => {
      const { listener, receive } = speaking();
      const order = (): string[] => {
        const types = link.messages.map((message) =>
          message.type === 'state' ? message.state : message.type,
        );
        link.messages.length = 0;
        return types;
      };
      order();
      listener.onSpeechStarted(2000, 2150);
      assert.deepEqual(order(), ['speech_started', 'BARGED_IN', 'pause']);
      listener.onSpeechSustained();
      assert.deepEqual(order(), ['clear', 'LISTENING']);
      receive({ type: 'cleared', generation: 0, samples: 0 });
      assert.deepEqual(order(), ['utterance_end']);
      listener.onSpeechStopped(3000);
      receive(say('Next.'));
      push(asked(1).sink, 20);
      order();
      receive({ type: 'control', command: 'PAUSE' });
      receive({ type: 'control', command: 'STOP' });
      assert.deepEqual(order(), ['pause', 'clear', 'LISTENING']);
      receive({ type: 'cleared', generation: 1, samples: 0 });
      assert.deepEqual(order(), ['utterance_end']);
      receive(say('Again.'));
      const { frames } = link;
      push(asked(2).sink, 1);
      assert.equal(link.frames, frames + 1, 'nothing is held');
    });

    test('a client that has played nothing is believed, and one that never answers is waited for once', () => {
      const { receive } = speaking();
      receive({ type: 'control', command: 'STOP' });
      receive({ type: 'cleared', generation: 0, samples: 0 });
      assert.equal(told('utterance_end').at(-1)?.heard_ms, 0);
      for (const [turn, waits] of [
        [1, true],
        [2, false],
      ] as const) {
        receive(say('Next.'));
        push(asked(turn).sink, 5);
        const ended = told('utterance_end').length;
        receive({ type: 'control', command: 'STOP' });
        assert.equal(told('utterance_end').length, waits ? ended : ended + 1);
        clock.advance(500);
        assert.equal(told('utterance_end').length, ended + 1);
      }
    });

    test('an interruption cancels the worker, clears the client and says what was heard', () => {
      const { listener, receive } = speaking();
      asked(0).sink.words([
        { textOffset: 0, length: 3, endMs: 50 },
        { textOffset: 4, length: 3, endMs: 90 },
        { textOffset: 8, length: 5, endMs: 140 },
      ]);
      listener.onSpeechStarted(2000, 2150);
      clock.advance(500);
      listener.onSpeechSustained();
      assert.equal(asked(0).cancelled, true);
      assert.deepEqual(told('clear'), [{ type: 'clear', generation: 0 }]);
      assert.deepEqual(told('utterance_end'), [], 'the client is asked how far it was');
      clock.advance(500);
      assert.deepEqual(told('utterance_end'), [
        {
          type: 'utterance_end',
          utterance_id: 'u1',
          reason: 'interrupted',
          heard_ms: 100,
          heard_text: 'One two',
        },
      ]);
      listener.onSpeechStopped(3000);
      receive(say('Next.'));
      push(asked(1).sink, 1);
      assert.equal(told('utterance_start').at(-1)?.generation, 1);
    });

    describe('a client that says what it has played', () => {
      /** Two words in 100 ms of which 45 were played, and then the user's voice. */
      function interrupted(): ReturnType<typeof speaking> {
        const stage = speaking();
        const { listener, receive } = stage;
        asked(0).sink.words([
          { textOffset: 0, length: 3, endMs: 50 },
          { textOffset: 4, length: 3, endMs: 60 },
        ]);
        receive({ type: 'played', generation: 0, samples: 40 * 48 });
        listener.onSpeechStarted(2000, 2150);
        receive({ type: 'played', generation: 0, samples: 45 * 48 });
        receive({ type: 'played', generation: 0, samples: 10 });
        receive({ type: 'played', generation: 99, samples: 1e9 });
        listener.onSpeechSustained();
        return stage;
      }

      function heard(): unknown[] {
        return told('utterance_end').map(({ heard_ms: ms, heard_text: text }) => [ms, text]);
      }

      test('is asked by the clear, and its answer decides what was heard', () => {
        const { receive } = interrupted();
        assert.deepEqual(heard(), []);
        receive({ type: 'cleared', generation: 0, samples: 55 * 48 });
        assert.deepEqual(heard(), [[55, 'One']]);
        receive({ type: 'cleared', generation: 0, samples: 70 * 48 });
        clock.advance(1000);
        assert.equal(told('utterance_end').length, 1);
      });

      for (const [lie, truth] of [
        [0, [45, '']],
        [1e12, [160, 'One two']],
      ] as const) {
        test(`cannot have played what was not sent, or less than it had said: ${lie}`, () => {
          interrupted().receive({ type: 'cleared', generation: 0, samples: lie });
          assert.deepEqual(heard(), [truth]);
        });
      }

      test('counts on when the rate changes, so that it does not matter when it learns of it', () => {
        const { receive } = speaking();
        receive({ type: 'control', command: 'PAUSE' });
        receive({ type: 'session_update', output: { sample_rate: 24_000 } });
        receive({ type: 'played', generation: 0, samples: 60 * 48 });
        receive({ type: 'control', command: 'RESUME' });
        clock.advance(1000);
        // 160 ms were sent at 48 kHz and 40 have been played since at 24 kHz.
        receive({ type: 'played', generation: 0, samples: 160 * 48 + 40 * 24 });
        receive({ type: 'control', command: 'STOP' });
        receive({ type: 'cleared', generation: 0, samples: 160 * 48 + 50 * 24 });
        assert.deepEqual(heard(), [[210, 'One']]);
      });

      test('is not taken at its word about another generation than the one that was cleared', () => {
        const { listener, receive } = interrupted();
        listener.onSpeechStopped(3000);
        receive({ type: 'cleared', generation: 1, samples: 0 });
        assert.deepEqual(heard(), []);
        receive({ type: 'cleared', generation: 0, samples: 55 * 48 });
        receive(say('Next.'));
        asked(1).sink.words([{ textOffset: 0, length: 5, endMs: 110 }]);
        push(asked(1).sink, 20);
        clock.advance(150);
        receive({ type: 'played', generation: 1, samples: (160 + 100) * 48 });
        receive({ type: 'control', command: 'STOP' });
        receive({ type: 'cleared', generation: 0, samples: 0 });
        assert.equal(heard().length, 1, 'a late answer is no answer to another question');
        receive({ type: 'cleared', generation: 1, samples: (160 + 120) * 48 });
        assert.deepEqual(heard().at(-1), [120, 'Next.']);
      });

      test('need not answer: then what it said last counts', () => {
        interrupted();
        clock.advance(499);
        assert.deepEqual(heard(), []);
        clock.advance(1);
        assert.deepEqual(heard(), [[45, '']]);
      });

      test('is not waited for once there is new text, or the client is gone', () => {
        const { receive } = interrupted();
        receive(say('Next.'));
        assert.deepEqual(heard(), [[45, '']]);
        push(asked(1).sink, 5);
        receive({ type: 'played', generation: 1, samples: 150 * 48 });
        receive({ type: 'control', command: 'STOP' });
        assert.equal(told('utterance_end').length, 1);
        for (const session of manager.sessions) session.end('client_disconnect');
        assert.equal(told('utterance_end').length, 2);
        clock.advance(4);
        assert.equal(clock.pending, 0, 'no timer is left');
      });
    });

    test('tells ears that open while the system speaks that it does', () => {
      const receive = open();
      receive(say('Hello.'));
      push(asked(0).sink, 20);
      [...manager.sessions][0]?.receiveAudio(new Uint8Array(640));
      assert.equal(ears?.systemSpeaks, true);
    });

    test('tells the ears when the system speaks', () => {
      const { listener } = speaking();
      assert.equal(ears?.systemSpeaks, true);
      listener.onSpeechStarted(2000, 2150);
      assert.equal(ears?.systemSpeaks, false);
    });

    test('faulty audio is given back with what is wrong, audio that is too fast is dropped, and the session goes on', () => {
      open();
      const [session] = manager.sessions;
      session?.receiveAudio(new Uint8Array(2));
      assert.ok(ears);
      ears.answer = { kind: 'invalid', problem: 'odd' };
      assert.deepEqual(session?.receiveAudio(new Uint8Array(3)), { code: 'INVALID_MESSAGE', problem: 'odd' });
      ears.answer = { kind: 'too_fast', problem: 'fast' };
      for (let count = 0; count < 5; count += 1) {
        assert.equal(session?.receiveAudio(new Uint8Array(2)), undefined);
        clock.advance(300);
      }
      assert.deepEqual(
        link.lines.slice(1),
        ['error RATE_LIMITED', 'error RATE_LIMITED'],
        'told once a second',
      );
      assert.equal(session?.state, 'LISTENING');
    });

    test('a microphone that never stops keeps no session from ending, and frees its ears', () => {
      open();
      const [session] = manager.sessions;
      for (let minute = 0; minute < 61; minute += 1) {
        session?.receiveAudio(new Uint8Array(640));
        ears?.listener.onSpeechStarted(0, 0);
        clock.advance(60_000);
      }
      assert.equal(link.closedWith, '1000 max_duration');
      assert.equal(ears?.closed, true);
    });
  });

  describe('that is transcribed and answered', () => {
    /** Answers that are given word by word, by hand. */
    class ManualResponder implements Responder {
      readonly name = 'manual';
      readonly asked: ResponseRequest[] = [];
      #next = Promise.withResolvers<string | undefined>();

      async *respond(request: ResponseRequest): AsyncIterable<string> {
        this.asked.push(request);
        for (;;) {
          const token = await this.#next.promise;
          this.#next = Promise.withResolvers();
          if (token === undefined) return;
          yield token;
        }
      }

      async say(token: string | undefined): Promise<void> {
        this.#next.resolve(token);
        await settled();
      }

      async fail(): Promise<void> {
        this.#next.reject(new Error('the model is gone'));
        await settled();
      }
    }

    let responder: ManualResponder;
    let listener: EarsListener;
    let receive: (message: ClientMessage) => void;

    beforeEach(() => {
      responder = new ManualResponder();
      link.holdsBuffer = true;
      manager = makeManager({ ...OPTIONS, responderFor: () => responder, apology: 'Sorry.' });
      receive = open();
      sessionOf().receiveAudio(new Uint8Array(640));
      assert.ok(ears);
      ({ listener } = ears);
    });

    function userSays(text: string, turnId = 't1'): void {
      listener.onTranscript({ turnId, text, isFinal: true });
    }

    /** The answer is heard up to its `frames`th frame. */
    function hear(index: number, frames: number): void {
      push(asked(index).sink, frames);
      clock.advance(frames * 20);
    }

    test('tells transcripts, asks the responder and speaks its answer as it comes', async () => {
      listener.onTranscript({ turnId: 't1', text: 'hello', isFinal: false });
      userSays('hello there');
      assert.deepEqual(
        link.messages.filter(({ type }) => type === 'transcript'),
        [
          { type: 'transcript', turn_id: 't1', text: 'hello', is_final: false },
          { type: 'transcript', turn_id: 't1', text: 'hello there', is_final: true },
        ],
      );
      assert.equal(responder.asked[0]?.transcript, 'hello there');
      await responder.say('Good ');
      await responder.say('day.');
      await responder.say(undefined);
      assert.equal(asked(0).text, 'Good day.');
      hear(0, 10);
      asked(0).finish({ kind: 'completed' });
      await settled();
      clock.advance(100);
      assert.deepEqual(sessionOf().history, [
        { role: 'user', text: 'hello there' },
        { role: 'assistant', text: 'Good day.' },
      ]);
    });

    test('an interruption ends the answer, and history holds only what was heard', async () => {
      userSays('count');
      await responder.say('One two three four.');
      await responder.say(undefined);
      push(asked(0).sink, 20);
      asked(0).sink.words([
        { textOffset: 0, length: 3, endMs: 60 },
        { textOffset: 4, length: 3, endMs: 100 },
        { textOffset: 8, length: 5, endMs: 300 },
      ]);
      clock.advance(120);
      listener.onSpeechStarted(1000, 1150);
      listener.onSpeechSustained();
      clock.advance(500);
      assert.deepEqual(sessionOf().history.at(-1), { role: 'assistant', text: 'One two' });
      listener.onSpeechStopped(2000);
      userSays('stop that', 't2');
      assert.equal(responder.asked.length, 2);
      assert.equal(responder.asked[1]?.transcript, 'stop that');
    });

    test('a barge-in aborts an answer that is still being thought of', async () => {
      userSays('tell me');
      await responder.say('First sentence.');
      receive({ type: 'control', command: 'STOP' });
      assert.equal(responder.asked[0]?.signal.aborted, true);
      await responder.say('late words');
      assert.deepEqual(
        speech.asked.map(({ text }) => text),
        [],
      );
    });

    test('a newer turn takes the place of an answer that nobody has heard yet', async () => {
      userSays('first question');
      await responder.say('An answer');
      userSays('second question', 't2');
      assert.equal(responder.asked[0]?.signal.aborted, true);
      assert.equal(responder.asked[1]?.transcript, 'second question');
    });

    test('noise that ended a sentence and was no speech: the rest is said after all', async () => {
      receive(say('One two three four.'));
      push(asked(0).sink, 20);
      asked(0).sink.words([{ textOffset: 0, length: 3, endMs: 60 }]);
      clock.advance(100);
      listener.onSpeechStarted(1000, 1150);
      listener.onSpeechSustained();
      listener.onSpeechStopped(1600);
      userSays('');
      assert.equal(asked(1).text, 'two three four.');
      assert.equal(responder.asked.length, 0);
    });

    test('two such noises in one turn do not silence it either', async () => {
      receive(say('One two three four.'));
      push(asked(0).sink, 20);
      asked(0).sink.words([{ textOffset: 0, length: 3, endMs: 60 }]);
      clock.advance(100);
      listener.onSpeechStarted(1000, 1150);
      listener.onSpeechSustained();
      listener.onSpeechStopped(1600);
      listener.onSpeechStarted(1900, 2050);
      listener.onSpeechStopped(2200);
      userSays('');
      assert.equal(asked(1).text, 'two three four.');
    });

    test('speech that starts before the first frame of an answer and ends after its last is answered in its place', async () => {
      userSays('first question');
      listener.onSpeechStarted(1000, 1150);
      listener.onSpeechSustained();
      await responder.say('A short answer.');
      await responder.say(undefined);
      push(asked(0).sink, 5);
      asked(0).finish({ kind: 'completed' });
      await settled();
      clock.advance(1000);
      assert.equal(sessionOf().state, 'BARGED_IN', 'it waits for the user');
      listener.onSpeechStopped(3000);
      userSays('second question', 't2');
      assert.equal(responder.asked[1]?.transcript, 'second question');
      await responder.say('Another answer.');
      await responder.say(undefined);
      assert.equal(asked(1).text, 'Another answer.');
      push(asked(1).sink, 5);
      asked(1).finish({ kind: 'completed' });
      await settled();
      clock.advance(1000);
      assert.equal(sessionOf().state, 'LISTENING');
      assert.deepEqual(sessionOf().history, [
        { role: 'user', text: 'first question second question' },
        { role: 'assistant', text: 'Another answer.' },
      ]);
    });

    test('a voice that never falls silent is spoken over, and what it says then is not answered', async () => {
      userSays('first question');
      listener.onSpeechStarted(1000, 1150);
      listener.onSpeechSustained();
      await responder.say('A short answer.');
      await responder.say(undefined);
      push(asked(0).sink, 20);
      clock.advance(100);
      assert.equal(sessionOf().state, 'BARGED_IN');
      clock.advance(5000);
      assert.equal(sessionOf().state, 'SPEAKING');
      userSays('the news at eight', 't2');
      assert.equal(responder.asked.length, 1);
      assert.equal(asked(0).cancelled, false);
    });

    test('a text of the client is not dropped for speech that began before it', async () => {
      listener.onSpeechStarted(1000, 1150);
      listener.onSpeechSustained();
      receive(say('One two.'));
      listener.onSpeechStopped(2000);
      userSays('a question');
      assert.equal(asked(0).cancelled, false);
    });

    test('a transcription that fails after a barge-in leaves nobody in silence either', async () => {
      receive(say('One two.'));
      push(asked(0).sink, 20);
      clock.advance(100);
      listener.onSpeechStarted(1000, 1150);
      listener.onSpeechSustained();
      listener.onTranscriptionFailed('the recognizer died');
      assert.ok(link.lines.includes('error TRANSCRIPTION_FAILED'));
      assert.equal(speech.asked.length, 2);
    });

    test('a "mm-hm" that stopped nothing is not answered', async () => {
      receive(say('One two three four.'));
      push(asked(0).sink, 20);
      clock.advance(40);
      listener.onSpeechStarted(1000, 1150);
      listener.onSpeechStopped(1300);
      clock.advance(500);
      userSays('mm-hm');
      assert.equal(responder.asked.length, 0);
      assert.equal(sessionOf().state, 'SPEAKING');
    });

    test('enough words are an interruption before the time is up', () => {
      receive({ type: 'session_update', vad: { min_interruption_words: 2 } });
      receive(say('One two three four.'));
      push(asked(0).sink, 20);
      clock.advance(40);
      listener.onSpeechStarted(1000, 1150);
      listener.onTranscript({ turnId: 't1', text: 'wait', isFinal: false });
      assert.equal(sessionOf().state, 'BARGED_IN');
      listener.onTranscript({ turnId: 't1', text: 'wait please', isFinal: false });
      assert.equal(sessionOf().state, 'LISTENING');
    });

    for (const [what, act] of [
      ['fails', () => responder.fail()],
      ['answers nothing', () => responder.say(undefined)],
    ] as const) {
      test(`a responder that ${what} is told of, and an apology is spoken`, async () => {
        userSays('hello');
        await act();
        assert.ok(link.lines.includes('error RESPONDER_FAILED'));
        assert.equal(asked(0).text, 'Sorry.');
      });
    }

    test('a responder that dies in mid-answer: what it said is still spoken', async () => {
      userSays('hello');
      await responder.say('Half an answer');
      await responder.fail();
      assert.equal(asked(0).text, 'Half an answer');
      assert.equal(speech.asked.length, 1);
    });

    test('a responder that answers for ever is ended', async () => {
      userSays('hello');
      for (let count = 0; count < 25; count += 1) await responder.say('x'.repeat(1000));
      assert.equal(responder.asked[0]?.signal.aborted, true);
      assert.ok(link.lines.includes('error RESPONDER_FAILED'));
    });

    test('a transcript that comes after the session has closed changes nothing', () => {
      receive({ type: 'end_session' });
      userSays('too late');
      assert.equal(responder.asked.length, 0);
      assert.equal(link.lines.at(-1), 'session_end completed');
    });
  });

  describe('whose connection drops', () => {
    beforeEach(() => {
      link.resumable = true;
      link.holdsBuffer = true;
    });

    test('waits for its client, tells it what it missed and goes on with the first frame it did not get', async () => {
      const receive = open();
      receive(say('Hello.'));
      push(asked(0).sink, 20);
      clock.advance(100);
      const received = link.frames - 2;
      const events = link.messages.length - 1;
      sessionOf().disconnected(link);
      asked(0).finish({ kind: 'completed' });
      await settled();
      clock.advance(2000);
      const back = new FakeLink();
      back.resumable = true;
      const result = manager.resume({ link: back, token: 'token-1', samples: received * 960, events });
      assert.equal(result.kind, 'opened');
      clock.advance(1000);
      assert.equal(back.frames, 20 - received);
      const [start] = back.messages;
      assert.ok(start?.type === 'session_start');
      assert.equal(start.resumed, true);
      assert.equal(start.client_messages, 1);
      assert.equal(start.resume_token, 'token-2');
      assert.ok(back.messages.some(({ type }) => type === 'utterance_end'));
    });

    test('and that never comes back has heard what it had reported, and no utterance ends without it', async () => {
      const receive = open();
      const session = sessionOf();
      receive(say('One two three four.'));
      asked(0).sink.words([
        { textOffset: 0, length: 3, endMs: 60 },
        { textOffset: 4, length: 3, endMs: 100 },
        { textOffset: 8, length: 5, endMs: 300 },
      ]);
      push(asked(0).sink, 20);
      asked(0).finish({ kind: 'completed' });
      await settled();
      clock.advance(380);
      receive({ type: 'played', generation: 0, samples: 110 * 48 });
      session.disconnected(link);
      clock.advance(29_999);
      assert.equal(session.state, 'SPEAKING');
      assert.ok(!link.lines.includes('utterance_end'));
      clock.advance(1);
      assert.equal(session.state, 'CLOSED');
      assert.deepEqual(session.history, [{ role: 'assistant', text: 'One two' }]);
    });

    test('may have missed as much as the lead that it chose and what is kept beyond it', async () => {
      const resumed = (leadMs: number | undefined, missedMs: number): string => {
        link = new FakeLink();
        link.resumable = true;
        manager = makeManager({ ...OPTIONS, keptBeyondLeadMs: 1000 });
        speech.asked.length = 0;
        tokens = 0;
        const receive = open();
        if (leadMs !== undefined) receive({ type: 'session_update', playout_lead_ms: leadMs });
        receive(say('Hello.'));
        for (let frames = 0; frames < 200; frames += 5) {
          push(asked(0).sink, 5);
          clock.advance(100);
        }
        const samples = link.frames * 960 - missedMs * 48;
        return manager.resume({ link: new FakeLink(), token: 'token-1', samples, events: 0 }).kind;
      };
      assert.equal(resumed(undefined, 1060), 'opened');
      assert.equal(resumed(undefined, 1080), 'failed');
      assert.equal(resumed(2000, 3000), 'opened');
      assert.equal(resumed(2000, 3020), 'failed');
      assert.equal(resumed(0, 1000), 'opened');
      assert.equal(resumed(0, 1020), 'failed');
    });

    test('and that was cut between a change of the rate and its answer hears on from where it was', () => {
      const receive = open();
      receive(say('Hello.'));
      push(asked(0).sink, 20);
      clock.advance(100);
      const received = link.frames - 2;
      receive({ type: 'session_update', output: { sample_rate: 24_000 } });
      sessionOf().disconnected(link);
      const back = new FakeLink();
      back.resumable = true;
      const result = manager.resume({ link: back, token: 'token-1', samples: received * 960, events: 0 });
      assert.equal(result.kind, 'opened');
      clock.advance(1000);
      assert.deepEqual(back.offsets.slice(0, 2), [received * 960, received * 960 + 480]);
      assert.equal(back.frames, 20 - received);
    });

    test('takes a token until the next one has been used, as the answer that brings it may be lost', () => {
      open();
      sessionOf().disconnected(link);
      const resume = (token: string): string => {
        const back = new FakeLink();
        back.resumable = true;
        return manager.resume({ link: back, token, samples: 0, events: 0 }).kind;
      };
      assert.equal(resume('token-1'), 'opened');
      assert.equal(resume('token-1'), 'opened');
      assert.equal(resume('token-2'), 'failed', 'another one has taken the place of what was lost');
      assert.equal(resume('token-3'), 'opened');
      assert.equal(resume('token-1'), 'failed');
      assert.equal(resume('token-4'), 'opened');
      sessionOf().end('completed');
      assert.equal(resume('token-4'), 'failed');
    });

    test('ends at once when the client said goodbye, unless it is here by another connection', () => {
      open();
      const session = sessionOf();
      session.left(new FakeLink());
      assert.equal(manager.size, 1);
      session.left(link);
      assert.equal(manager.size, 0);
      assert.equal(speech.closed, 1);
    });

    test('ends when the client does not come back in time', () => {
      open();
      sessionOf().disconnected(link);
      clock.advance(29_999);
      assert.equal(manager.size, 1);
      clock.advance(1);
      assert.equal(manager.size, 0);
      assert.equal(speech.closed, 1);
      assert.equal(manager.resume({ link, token: 'token-1', samples: 0, events: 0 }).kind, 'failed');
    });

    test('refuses a client that claims to have got what was never sent', () => {
      open();
      sessionOf().disconnected(link);
      for (const [samples, events] of [
        [960, 0],
        [1, 0],
        [0, 99],
        [-960, 0],
      ] as const) {
        assert.equal(manager.resume({ link, token: 'token-1', samples, events }).kind, 'failed');
      }
      assert.equal(manager.size, 1, 'the session itself is untouched');
    });

    test('is drained like any other', async () => {
      open();
      sessionOf().disconnected(link);
      await manager.drain(10_000);
      assert.equal(manager.size, 0);
    });

    test('of a client that cannot come back it ends at once', () => {
      link.resumable = false;
      open();
      sessionOf().disconnected(link);
      assert.equal(manager.size, 0);
    });
  });

  test('resolves changed settings and tells them in full', () => {
    const receive = open();
    receive({ type: 'session_update', language: 'de', output: { encoding: 'mulaw' } });
    const updated = link.messages.at(-1);
    assert.ok(updated?.type === 'session_updated');
    assert.equal(updated.settings.language, 'de');
    assert.deepEqual(updated.settings.output, { encoding: 'mulaw', sample_rate: 8000, container: 'binary' });
    assert.equal(link.configured.at(-1), updated.settings);
    receive(say('Hallo.'));
    assert.equal(asked(0).voice.language, 'de');
  });

  test('refuses settings that cannot be had and keeps those it has', () => {
    manager = makeManager({
      ...OPTIONS,
      refuse: ({ vad }) => (vad.engine === 'silero' ? 'not here' : undefined),
    });
    const receive = open();
    receive({ type: 'session_update', vad: { engine: 'silero' }, language: 'fr' });
    assert.deepEqual(link.lines.slice(1), ['error INVALID_MESSAGE']);
    assert.equal([...manager.sessions][0]?.settings.language, 'en');
  });

  test('answers pings and ends when the client says so', () => {
    const receive = open();
    receive({ type: 'ping', t: 42 });
    assert.deepEqual(link.messages.at(-1), { type: 'pong', t: 42 });
    receive({ type: 'end_session' });
    assert.equal(link.closedWith, '1000 completed');
  });

  test('ignores chunks of a named utterance that has ended', () => {
    const receive = open();
    receive({ type: 'text', text: 'Hel', is_final: false, utterance_id: 'mine' });
    receive({ type: 'control', command: 'STOP' });
    receive({ type: 'text', text: 'lo.', is_final: true, utterance_id: 'mine' });
    assert.equal(speech.asked.length, 0);
    receive({ type: 'text', text: 'New.', is_final: true, utterance_id: 'other' });
    assert.equal(asked(0).text, 'New.');
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
