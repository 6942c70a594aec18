import { setTimeout as delay } from 'node:timers/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { DuplexCommand, DuplexReply, DuplexSpec, DuplexWindow } from './duplex-messages.ts';
import { DuplexSession, type DuplexTally } from './duplex-session.ts';
import { MicrophoneClock } from './microphone-clock.ts';
import { probeDuplex } from './probe-duplex.ts';
import { interruption, quietRoom } from './user-audio.ts';

const CONNECT_BATCH = 50;
const FIRST_AUDIO_TIMEOUT_MS = 20_000;
/** What the monitor itself waits between two looks, in ms. */
const RESOLUTION_MS = 1;

/** All duplex sessions of one load generator, driven by the commands of its parent. */
export class DuplexLoad {
  readonly #spec: DuplexSpec;
  readonly #tally: DuplexTally = {
    frames: 0,
    lost: 0,
    duplicates: 0,
    broken: 0,
    errors: 0,
    falseAlarms: 0,
    firstError: undefined,
    framesOut: 0,
  };
  readonly #loopDelay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #sessions: readonly DuplexSession[] = [];
  #clock: MicrophoneClock | undefined;
  #opened: { readonly atMs: number; readonly frames: number; readonly framesOut: number } | undefined;

  constructor(spec: DuplexSpec) {
    this.#spec = spec;
  }

  /** Carries one command out. */
  async perform(command: DuplexCommand): Promise<DuplexReply> {
    switch (command.type) {
      case 'converse':
        await this.#converse();
        return { type: 'converse' };
      case 'openWindow':
        this.#opened = {
          atMs: performance.now(),
          frames: this.#tally.frames,
          framesOut: this.#tally.framesOut,
        };
        this.#loopDelay.enable();
        return { type: 'openWindow' };
      case 'closeWindow':
        return { type: 'closeWindow', window: this.#closeWindow() };
      case 'probe': {
        const { sample, sessions } = this.#spec;
        const step = Math.max(1, Math.floor(sessions / Math.max(1, sample)));
        const chosen = this.#sessions.filter((_, index) => index % step === 0).slice(0, sample);
        return { type: 'probe', probes: await probeDuplex(chosen, this.#spec.text, interruption()) };
      }
      case 'finish': {
        const { framesOut: _, ...counts } = this.#tally;
        this.close();
        return { type: 'finish', counts };
      }
      default:
        return command satisfies never;
    }
  }

  /** Ends all sessions. Idempotent. */
  close(): void {
    this.#clock?.stop();
    for (const session of this.#sessions) session.close();
  }

  async #converse(): Promise<void> {
    const { rampMs, sessions: wanted, text, url } = this.#spec;
    const quiet = quietRoom();
    const sessions: DuplexSession[] = [];
    while (sessions.length < wanted) {
      const count = Math.min(CONNECT_BATCH, wanted - sessions.length);
      const batch = Array.from({ length: count }, () =>
        DuplexSession.connect({ url, tally: this.#tally, quiet }),
      );
      sessions.push(...(await Promise.all(batch)));
    }
    this.#sessions = sessions;
    this.#clock = new MicrophoneClock(sessions);
    this.#clock.start();
    const heard: Promise<void>[] = [];
    const startedMs = performance.now();
    for (const [index, session] of sessions.entries()) {
      const waitMs = (index * rampMs) / wanted - (performance.now() - startedMs);
      if (waitMs >= 1) await delay(waitMs);
      heard.push(session.nextFrame());
      session.speak(text);
    }
    const all = Promise.all(heard).then(() => true);
    if (await Promise.race([all, delay(FIRST_AUDIO_TIMEOUT_MS, false, { ref: false })])) return;
    const silent = sessions.filter(({ frames }) => frames === 0).length;
    const why = this.#tally.firstError ?? 'no error was reported';
    throw new Error(`${silent} of ${wanted} sessions heard nothing in time (${why})`);
  }

  #closeWindow(): DuplexWindow {
    const opened = this.#opened ?? { atMs: 0, frames: 0, framesOut: 0 };
    this.#loopDelay.disable();
    return {
      durationMs: performance.now() - opened.atMs,
      framesIn: this.#tally.frames - opened.frames,
      framesOut: this.#tally.framesOut - opened.framesOut,
      generatorDelayMs: this.#delay(),
    };
  }

  #delay(): DuplexWindow['generatorDelayMs'] {
    const loop = this.#loopDelay;
    return {
      p50: delayMs(loop.percentile(50)),
      p99: delayMs(loop.percentile(99)),
      max: delayMs(loop.max),
    };
  }
}

/** The monitor reports whole intervals; what exceeds its resolution is the delay. */
function delayMs(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}
