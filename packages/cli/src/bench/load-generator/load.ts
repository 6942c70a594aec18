import { setTimeout as delay } from 'node:timers/promises';
import { AudioMessageReader } from './audio-message-reader.ts';
import { probeControls } from './control-probe.ts';
import { createFrameTally, type FrameTally } from './frame-tally.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import type { LoadCommand, LoadReply, LoadSpec } from './load-messages.ts';
import { LoadSession } from './load-session.ts';
import { SteadyWindow } from './steady-window.ts';

/** Connections being opened at a time. */
const connectBatch = 50;
/** How long the last session to speak may take until it is heard. */
const firstAudioTimeoutMs = 20_000;

/** All sessions of one load generator, driven by the commands of its parent. Close it with `close()`. */
export class Load {
  readonly #spec: LoadSpec;
  readonly #tally: FrameTally = createFrameTally();
  readonly #firstAudio: LatencyHistogram = new LatencyHistogram();
  #sessions: readonly LoadSession[] = [];
  #window: SteadyWindow | undefined;

  constructor(spec: LoadSpec) {
    this.#spec = spec;
  }

  /** Carries one command out. */
  async perform(command: LoadCommand): Promise<LoadReply> {
    switch (command.type) {
      case 'connect':
        await this.#connect();
        return { type: 'connect' };
      case 'speak':
        await this.#speak();
        return { type: 'speak', firstAudioMs: this.#firstAudio.summary() };
      case 'openWindow':
        this.#window = new SteadyWindow();
        for (const session of this.#sessions) session.countInto(this.#window);
        return { type: 'openWindow' };
      case 'closeWindow': {
        for (const session of this.#sessions) session.countInto(undefined);
        const window = (this.#window ?? new SteadyWindow()).close();
        return { type: 'closeWindow', window };
      }
      case 'probe':
        return { type: 'probe', control: await probeControls(this.#spec, this.#sessions) };
      case 'finish': {
        const counts = { ...this.#tally };
        this.close();
        return { type: 'finish', counts };
      }
      default:
        return command satisfies never;
    }
  }

  /** Ends all sessions. Idempotent. */
  close(): void {
    for (const session of this.#sessions) session.close();
  }

  async #connect(): Promise<void> {
    const options = {
      url: this.#spec.url,
      reader: new AudioMessageReader(),
      tally: this.#tally,
      firstAudio: this.#firstAudio,
      content: this.#spec.content,
    };
    const sessions: LoadSession[] = [];
    while (sessions.length < this.#spec.sessions) {
      const count = Math.min(connectBatch, this.#spec.sessions - sessions.length);
      const batch = Array.from({ length: count }, () => LoadSession.connect(options));
      sessions.push(...(await Promise.all(batch)));
    }
    this.#sessions = sessions;
  }

  /** Lets one session after the other speak, evenly over the ramp, and waits until all are heard. */
  async #speak(): Promise<void> {
    const { rampMs, text } = this.#spec;
    const startedMs = performance.now();
    const heard: Promise<void>[] = [];
    for (const [index, session] of this.#sessions.entries()) {
      const waitMs = (index * rampMs) / this.#sessions.length - (performance.now() - startedMs);
      if (waitMs >= 1) await delay(waitMs);
      heard.push(session.nextFrame());
      session.speak(text);
    }
    const all = Promise.all(heard).then(() => true);
    if (await Promise.race([all, delay(firstAudioTimeoutMs, false, { ref: false })])) return;
    const silent = this.#sessions.filter((session) => session.frames === 0).length;
    const why = this.#tally.firstError ?? 'no error was reported';
    throw new Error(`${silent} of ${this.#sessions.length} sessions heard nothing in time (${why})`);
  }
}
