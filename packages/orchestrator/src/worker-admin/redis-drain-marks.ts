import { type RedisLink, type RedisReply, textsOf } from '@parley/worker-api';
import type { Clock, Timer } from '../session/ports/clock.ts';
import type { Logger } from '../session/ports/logger.ts';
import type { DrainMarks } from './drain-marks.ts';

/** Options of {@link RedisDrainMarks}. */
export interface RedisDrainMarksOptions {
  /** Not closed here. */
  readonly link: RedisLink;
  /** The registry's; fleets with different ones share no marks. */
  readonly workerKeyPrefix: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How often all marks are read anew, in ms; 5000 by default. Changes are told at once besides. */
  readonly refreshMs?: number;
}

interface Mark {
  readonly epoch: number | undefined;
}

/** Marks are forgotten when none has been set for so long: those of workers long gone do not stay for ever. */
const LIFE_SECONDS = 7 * 24 * 3600;

/**
 * Marks that all orchestrators of a Redis share: a hash `drains:<prefix>` of names and epochs. While Redis is away
 * the last marks hold.
 */
export class RedisDrainMarks implements DrainMarks {
  readonly #options: RedisDrainMarksOptions;
  readonly #key: string;
  readonly #channel: string;
  readonly #listeners = new Set<() => void>();
  readonly #stop: readonly (() => void)[];
  readonly #timer: Timer;
  #marks: ReadonlyMap<string, Mark> = new Map();
  #reading: Promise<void> | undefined;
  #mustReadAgain = false;
  /** Why the last reading failed; told once. */
  #problem: string | undefined;

  constructor(options: RedisDrainMarksOptions) {
    this.#options = options;
    const { link, clock, workerKeyPrefix, refreshMs = 5000 } = options;
    this.#key = `drains:${workerKeyPrefix}`;
    this.#channel = `${this.#key}changes`;
    this.#stop = [
      link.subscribe(this.#channel, () => this.#refresh()),
      link.onChange((isReady) => {
        if (isReady) this.#refresh();
      }),
    ];
    this.#timer = clock.setInterval(refreshMs, () => this.#refresh());
    this.#refresh();
  }

  has(workerName: string, epoch: number | undefined): boolean {
    const mark = this.#marks.get(workerName);
    return mark !== undefined && mark.epoch === epoch;
  }

  async mark(workerName: string, epoch: number | undefined): Promise<void> {
    const { link } = this.#options;
    await link.run(['HSET', this.#key, workerName, `${epoch ?? ''}`]);
    await link.run(['EXPIRE', this.#key, `${LIFE_SECONDS}`]);
    this.#replace(new Map(this.#marks).set(workerName, { epoch }));
    await link.run(['PUBLISH', this.#channel, workerName]);
  }

  async unmark(workerName: string): Promise<void> {
    const { link } = this.#options;
    await link.run(['HDEL', this.#key, workerName]);
    const marks = new Map(this.#marks);
    marks.delete(workerName);
    this.#replace(marks);
    await link.run(['PUBLISH', this.#channel, workerName]);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#timer.cancel();
    for (const stop of this.#stop) stop();
    this.#listeners.clear();
  }

  /** Reads all marks; what is asked for meanwhile is one more reading afterwards. */
  #refresh(): void {
    if (!this.#options.link.isReady) return;
    if (this.#reading !== undefined) {
      this.#mustReadAgain = true;
      return;
    }
    this.#reading = this.#read()
      .then(
        () => (this.#problem = undefined),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        this.#reading = undefined;
        if (!this.#mustReadAgain) return;
        this.#mustReadAgain = false;
        this.#refresh();
      });
  }

  /** The last marks hold; the next tick tries again. */
  #failed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    if (this.#problem === why) return;
    this.#problem = why;
    this.#options.logger.warn({ why }, 'could not read which workers are drained');
  }

  async #read(): Promise<void> {
    const reply = await this.#options.link.run(['HGETALL', this.#key]);
    this.#replace(new Map(pairsOf(reply)));
  }

  #replace(marks: ReadonlyMap<string, Mark>): void {
    const isSame =
      marks.size === this.#marks.size && [...marks].every(([name, { epoch }]) => this.has(name, epoch));
    if (isSame) return;
    this.#marks = marks;
    for (const listener of this.#listeners) listener();
  }
}

/** RESP2 gives a hash as a flat list, RESP3 as fields. */
function pairsOf(reply: RedisReply): [string, Mark][] {
  const list = textsOf(reply);
  const entries: (readonly [string, unknown])[] =
    list.length > 0
      ? list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1]] as const] : []))
      : Object.entries(Object(reply));
  return entries.map(([name, epoch]) => [name, { epoch: epoch === '' ? undefined : Number(epoch) }]);
}
