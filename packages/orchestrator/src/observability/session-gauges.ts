import { Gauge, type Registry } from 'prom-client';
import type { BoundedLabel } from './bounded-label.ts';

/** What metrics want to know of one open session. */
export interface SessionSample {
  /** `websocket`, ... */
  readonly transport: string;
  /** One of the conversation's states. */
  readonly state: string;
  /** Frames waiting in playout. */
  readonly queuedFrames: number;
}

/**
 * Shows what sessions are open and how much audio waits in them. Asked for at the time of a scrape: nothing is
 * counted up and down on the way, so nothing can drift.
 */
export function registerSessionGauges(
  registry: Registry,
  transportLabel: BoundedLabel,
  sessions: () => Iterable<SessionSample>,
): void {
  // A series once seen stays and goes to zero; a graph would else freeze at its last value.
  const active = new Map<string, Map<string, number>>();

  function count(): { queued: number; deepest: number } {
    for (const states of active.values()) for (const state of states.keys()) states.set(state, 0);
    let queued = 0;
    let deepest = 0;
    for (const { transport, state, queuedFrames } of sessions()) {
      const label = transportLabel.of(transport);
      const states = active.get(label) ?? new Map<string, number>();
      active.set(label, states.set(state, (states.get(state) ?? 0) + 1));
      queued += queuedFrames;
      deepest = Math.max(deepest, queuedFrames);
    }
    return { queued, deepest };
  }

  // Prom-client collects in the order of registration: this one looks at the sessions for all three.
  const activeGauge: Gauge<'transport' | 'state'> = new Gauge({
    name: 'parley_sessions_active',
    help: 'Open sessions by transport and state.',
    labelNames: ['transport', 'state'],
    registers: [registry],
    collect: () => {
      const { queued, deepest } = count();
      for (const [transport, states] of active) {
        for (const [state, sessionCount] of states) activeGauge.set({ transport, state }, sessionCount);
      }
      queuedGauge.set(queued);
      deepestGauge.set(deepest);
    },
  });
  const queuedGauge: Gauge = new Gauge({
    name: 'parley_queued_frames',
    help: 'Audio frames waiting in the playout queues of all sessions.',
    registers: [registry],
  });
  const deepestGauge: Gauge = new Gauge({
    name: 'parley_queued_frames_max',
    help: 'Audio frames waiting in the fullest playout queue.',
    registers: [registry],
  });
}
