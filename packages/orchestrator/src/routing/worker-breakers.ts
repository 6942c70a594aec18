import type { WorkerRecord } from '@parley/worker-api';
import type { Clock } from '../session/ports/clock.ts';
import {
  admits,
  afterChoice,
  afterFailure,
  afterSuccess,
  CLOSED_BREAKER,
  DEFAULT_BREAKER_POLICY,
  type BreakerState,
} from './breaker.ts';
import type { WorkerOutcome } from './router.ts';

interface Entry {
  readonly addr: string;
  readonly losses: number;
  /** It failed last by not answering. */
  readonly isSilent: boolean;
  state: BreakerState;
}

type WorkerLife = Pick<WorkerRecord, 'name' | 'addr'>;

/** The breakers of all workers. Only workers that have failed lately have an entry. */
export class WorkerBreakers {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many breakers are open, and how many let one session try. */
  get counts(): Record<'open' | 'probing', number> {
    const counts = { open: 0, probing: 0 };
    for (const { state } of this.#entries.values()) if (state.kind !== 'closed') counts[state.kind] += 1;
    return counts;
  }

  /** Whether the worker may be given a session now. */
  admits({ name, addr }: WorkerLife): boolean {
    if (this.#entries.size === 0) return true;
    const entry = this.#entries.get(name);
    return entry === undefined || entry.addr !== addr || admits(entry.state, this.#clock.nowMs());
  }

  /**
   * The names of the workers that may not be given a session now and yet say at once whether they still fail: those
   * that did not answer would be waited for.
   */
  shut(): string[] {
    const nowMs = this.#clock.nowMs();
    return [...this.#entries]
      .filter(([, { state, isSilent }]) => !isSilent && !admits(state, nowMs))
      .map(([name]) => name);
  }

  /** The worker has been given a session. */
  chosen({ name, addr }: WorkerLife): void {
    const entry = this.#entries.get(name);
    if (entry?.addr === addr) entry.state = afterChoice(entry.state, this.#clock.nowMs());
  }

  /** The worker has done what was asked of it. */
  succeeded({ name, addr }: WorkerLife): void {
    const entry = this.#entries.get(name);
    if (entry?.addr !== addr || afterSuccess(entry.state).kind !== 'closed') return;
    // Sessions that have their place from before still tell of losses that were counted.
    if (entry.losses === 0) this.#entries.delete(name);
    else this.#entries.set(name, { ...entry, state: CLOSED_BREAKER, isSilent: false });
  }

  /** How many lost connections to the worker have been counted. */
  losses({ name, addr }: WorkerLife): number {
    const entry = this.#entries.get(name);
    return entry?.addr === addr ? entry.losses : 0;
  }

  /**
   * The worker has failed, or not answered, or the connection to it was lost. A lost connection is told of by all
   * who used it: it counts once.
   *
   * @param knownLosses `losses` at the time when the session that tells of a loss was given its place; a loss counted
   *   since then is the same one. Absent: it is always another.
   */
  failed(
    life: WorkerLife,
    how: Exclude<WorkerOutcome, 'succeeded'> = 'failed',
    knownLosses: number = Infinity,
  ): void {
    const { name, addr } = life;
    const losses = this.losses(life);
    const isLoss = how === 'lost';
    if (isLoss && knownLosses < losses) return;
    const entry = this.#entries.get(name);
    const before = entry?.addr === addr ? entry.state : CLOSED_BREAKER;
    const state = afterFailure(before, this.#clock.nowMs(), DEFAULT_BREAKER_POLICY, isLoss ? 'failed' : how);
    this.#entries.set(name, {
      addr,
      losses: isLoss ? losses + 1 : losses,
      isSilent: how === 'silent',
      state,
    });
  }

  /** Forgets the workers of which `addrOf` does not know this address: a worker that is back elsewhere starts anew. */
  retain(addrOf: (name: string) => string | undefined): void {
    for (const [name, { addr }] of this.#entries) if (addrOf(name) !== addr) this.#entries.delete(name);
  }
}
