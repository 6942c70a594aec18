/** What a label says about values that have no place of their own. */
const OTHER = 'other';

/** Options of a {@link BoundedLabel}. */
export interface BoundedLabelOptions {
  /** Values that always have a place. */
  readonly known?: Iterable<string>;
  /** How many more values get a place, first come first served. Default 0: only the known ones. */
  readonly learn?: number;
}

/**
 * Keeps the values of a metric's label to a fixed number, whatever is thrown at it: each new value would
 * be a time series kept for good. Values a client can choose must not be learned.
 */
export class BoundedLabel {
  readonly #values: Set<string>;
  #room: number;

  constructor(options: BoundedLabelOptions) {
    this.#values = new Set(options.known);
    this.#room = options.learn ?? 0;
  }

  /** The value itself when it has a place, else `other`. */
  of(value: string): string {
    if (this.#values.has(value)) return value;
    if (this.#room === 0) return OTHER;
    this.#room -= 1;
    this.#values.add(value);
    return value;
  }
}
