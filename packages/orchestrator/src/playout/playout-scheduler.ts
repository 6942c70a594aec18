import type { Clock, Timer } from '../session/ports/clock.ts';
import type { PlayoutActivation } from './playout-ports.ts';
import type { PlayoutTrack } from './playout-track.ts';

/** Options of {@link createPlayoutScheduler}. */
export interface PlayoutSchedulerOptions {
  readonly clock: Clock;
  /** Time between two looks at the tracks, in milliseconds. Default 4: a fifth of a frame. */
  readonly tickMs?: number;
}

/** The one timer that paces every session of a process. */
export interface PlayoutScheduler extends PlayoutActivation {
  /** Tracks with audio to send now. */
  readonly activeTracks: number;
  /** Stops the timer and forgets all tracks. Idempotent. */
  close(): void;
}

const DEFAULT_TICK_MS = 4;

/**
 * Makes a scheduler. Its timer runs only while a track has something to send, so an idle server sleeps.
 * Created and closed by `main.ts`.
 */
export function createPlayoutScheduler(options: PlayoutSchedulerOptions): PlayoutScheduler {
  const { clock } = options;
  const tickMs = options.tickMs ?? DEFAULT_TICK_MS;
  const active: PlayoutTrack[] = [];
  const members = new Set<PlayoutTrack>();
  let timer: Timer | undefined;
  let closed = false;

  function tick(): void {
    const nowMs = clock.nowMs();
    for (let index = 0; index < active.length;) {
      const track = active[index];
      if (track === undefined || track.tick(nowMs)) {
        index += 1;
        continue;
      }
      members.delete(track);
      const last = active.pop();
      if (last !== undefined && last !== track) active[index] = last;
    }
    if (active.length === 0) {
      timer?.cancel();
      timer = undefined;
    }
  }

  return {
    nowMs: () => clock.nowMs(),
    get activeTracks() {
      return active.length;
    },
    activate(track) {
      if (closed || members.has(track)) return;
      members.add(track);
      active.push(track);
      timer ??= clock.setInterval(tickMs, tick);
    },
    close() {
      closed = true;
      timer?.cancel();
      timer = undefined;
      active.length = 0;
      members.clear();
    },
  };
}
