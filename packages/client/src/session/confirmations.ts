/** A ping that was not answered, and how many messages had been sent up to and with it. */
interface SentPing {
  readonly t: number;
  readonly count: number;
}

/**
 * Servers answer pings in order with everything else, so a pong confirms all that was sent before its ping.
 * Each ping has a `t` of its own, from which the round trip is read too.
 */
export class Confirmations {
  readonly #pings: SentPing[] = [];
  #lastT = -Infinity;

  /** Whether a ping is under way. */
  get isWaiting(): boolean {
    return this.#pings.length > 0;
  }

  /** The `t` of the next ping, near `nowMs` and above all before it. */
  nextT(nowMs: number): number {
    this.#lastT = Math.max(nowMs, this.#lastT + 0.001);
    return this.#lastT;
  }

  /** Notes that the ping with this `t` is the `count`-th message of the session. */
  sent(t: number, count: number): void {
    this.#pings.push({ t, count });
  }

  /** How many messages a pong with this `t` confirms; 0 for one that is not waited for. */
  answered(t: number): number {
    const index = this.#pings.findIndex((ping) => ping.t === t);
    return this.#pings.splice(0, index + 1).at(-1)?.count ?? 0;
  }

  /** Forgets all pings. */
  restart(): void {
    this.#pings.length = 0;
  }
}
