import assert from 'node:assert/strict';
import { FakeClock, SESSION_SETTINGS, silentLogger } from '@parley/testkit';
import type { ClientMessageV1 as ClientMessage, SessionSettings } from '@parley/protocol';
import { createPlayoutScheduler } from '../../playout/playout-scheduler.ts';
import type { EventMessage } from '../ports/client-link.ts';
import type { EarsListener } from '../ports/ears.ts';
import type { Logger } from '../ports/logger.ts';
import type { FrameSink } from '../ports/worker-pool.ts';
import { SessionManager } from '../session-manager.ts';
import type { SessionMetrics } from '../session-metrics.ts';
import type { SessionOptions } from '../session-parts.ts';
import type { Session } from '../session.ts';
import { FakeEars } from './fake-ears.ts';
import { FakeLink } from './fake-link.ts';
import { type Asked, FakeSpeech } from './fake-speech.ts';
import { SESSION_OPTIONS } from './session-options.ts';

const FRAME = new Uint8Array(1920);

/** What a {@link SessionStage} has besides its sessions' options. */
export interface StageOptions {
  /** Nobody listens to microphones. */
  readonly deaf?: boolean;
  readonly logger?: Logger;
}

/** A session manager with a clock, a client, a worker and a microphone that tests drive by hand. */
export class SessionStage {
  readonly clock: FakeClock = new FakeClock();
  readonly speech: FakeSpeech = new FakeSpeech();
  /** What was counted, in order. */
  readonly counted: string[] = [];
  link: FakeLink = new FakeLink();
  manager: SessionManager = this.makeManager(SESSION_OPTIONS);
  /** Resume tokens issued. */
  tokens = 0;
  /** Those of the last session that has sent audio. */
  ears: FakeEars | undefined;

  makeManager(
    sessionOptions: SessionOptions,
    { deaf = false, logger = silentLogger }: StageOptions = {},
  ): SessionManager {
    const { clock, counted } = this;
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
      logger,
      scheduler: createPlayoutScheduler({ clock }),
      workerPool: { openSession: () => this.speech },
      newId: () => 'id-1',
      newToken: () => `token-${(this.tokens += 1)}`,
      settingsFor: (metadata) => ({ ...SESSION_SETTINGS, ...metadata }),
      ...(!deaf && {
        openEars: (_settings: SessionSettings, listener: EarsListener): FakeEars => {
          this.ears = new FakeEars(listener);
          return this.ears;
        },
      }),
      random: () => 0.5,
    });
  }

  /** Opens a session of `link`; gives back what receives its client's messages. */
  open(metadata: Record<string, string> = {}): (message: ClientMessage) => void {
    const result = this.manager.open({ link: this.link, metadata });
    assert.equal(result.kind, 'opened');
    return (message) => {
      if (result.session.admit()) result.session.receive(message);
    };
  }

  /** A message of the client of the only session. */
  attend(message: ClientMessage): void {
    const session = this.sessionOf();
    if (session.admit()) session.receive(message);
  }

  /** The `index`th segment that a worker was asked for. */
  asked(index: number): Asked {
    const found = this.speech.asked[index];
    assert.ok(found, `segment ${index} was asked for`);
    return found;
  }

  /** The only session. */
  sessionOf(): Session {
    const [session] = this.manager.sessions;
    assert.ok(session);
    return session;
  }

  /** Messages of a type that the client got, in order. */
  told<Type extends EventMessage['type']>(type: Type): readonly Extract<EventMessage, { type: Type }>[] {
    const isOfType = (message: EventMessage): message is Extract<EventMessage, { type: Type }> =>
      message.type === type;
    return this.link.messages.filter(isOfType);
  }
}

/** A text message. */
export function say(text: string, isFinal: boolean = true): ClientMessage {
  return { type: 'text', text, is_final: isFinal };
}

/** Frames of silence come from a worker. */
export function push(sink: FrameSink, frames: number): void {
  for (let pushed = 0; pushed < frames; pushed += 1) sink.push(FRAME);
}

/** Lets promises that are settled by now run their continuations. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
