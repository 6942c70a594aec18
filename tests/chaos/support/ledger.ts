/** What must not happen to anybody. */
const LOSSES = [
  'missing',
  'not what was said',
  'failed',
  'cut off',
  'refused without need',
  'stuck',
  'worker over its cap',
  'leases over the cap',
  'lease of the dead',
  'left behind',
] as const;

/** One of what must not happen. */
export type Loss = (typeof LOSSES)[number];

/** Counts what clients met with, and remembers what was lost. */
export class Ledger {
  /** Texts heard whole, every sample in its place. */
  completed = 0;
  framesHeard = 0;
  /** Texts cut off by the death of their orchestrator, and spoken anew by another. */
  begunAnew = 0;
  /** Texts put off while there was no room, and spoken then. */
  putOff = 0;
  /** Longest time without a frame within a text, of which the session's orchestrator was not frozen, in ms. */
  longestSilenceMs = 0;
  readonly #lost = new Map<Loss, string[]>();
  readonly #startedMs = performance.now();
  readonly #print: (line: string) => void;

  /** `print` gets what happens as it happens. */
  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Everything that was lost, in words; empty when all is well. */
  get losses(): readonly string[] {
    return Array.from(this.#lost.entries(), ([loss, cases]) =>
      cases.map((which) => `${loss}: ${which}`),
    ).flat();
  }

  /** Notes what was done. */
  did(what: string): void {
    const seconds = ((performance.now() - this.#startedMs) / 1000).toFixed(1);
    this.#print(`${seconds.padStart(6)} s  ${what}`);
  }

  /** Notes a loss, and prints what the logs say about it. */
  lose(loss: Loss, which: string, log: readonly string[] = []): void {
    const cases = this.#lost.get(loss) ?? [];
    this.#lost.set(loss, cases);
    cases.push(which);
    this.did(`LOST  ${loss}: ${which}`);
    for (const line of log) this.#print(`          ${line}`);
  }

  noteRefusal(isExpected: boolean, which: string): void {
    if (isExpected) this.putOff += 1;
    else this.lose('refused without need', which);
  }

  /** Prints what came of it. */
  printTable(): void {
    const rows: readonly (readonly [string, number])[] = [
      ['texts heard whole', this.completed],
      ['frames heard', this.framesHeard],
      ['texts begun anew after the death of an orchestrator', this.begunAnew],
      ['texts put off for want of a place', this.putOff],
      ['longest silence within a text, ms', Math.round(this.longestSilenceMs)],
      ...LOSSES.map((loss) => [`LOST: ${loss}`, this.#lost.get(loss)?.length ?? 0] as const),
    ];
    for (const [name, count] of rows) this.#print(`  ${name.padEnd(54)} ${String(count).padStart(8)}`);
  }
}
