import type { WorkerRecord } from '@parley/worker-api';
import type { WorkerRequest } from './worker-request.ts';
import { tiersOf, type WorkerTiers } from './worker-tiers.ts';

/** Different wishes whose tiers are kept; clients choose them, so they are bounded. */
const MAX_WISHES = 32;

/** One snapshot of workers, prepared for many choices: what a wish excludes for good is worked out once. */
export class WorkerIndex {
  readonly workers: readonly WorkerRecord[];
  readonly #preferResident: boolean;
  readonly #tiers = new Map<string, WorkerTiers>();
  #byName: Map<string, WorkerRecord> | undefined;

  constructor(workers: readonly WorkerRecord[], preferResident: boolean) {
    this.workers = workers;
    this.#preferResident = preferResident;
  }

  /** The worker of this name. */
  get(name: string): WorkerRecord | undefined {
    this.#byName ??= new Map(this.workers.map((worker) => [worker.name, worker]));
    return this.#byName.get(name);
  }

  /** The workers that suit `request`, in tiers. */
  tiersFor(request: WorkerRequest): WorkerTiers {
    const wish = wishOf(request);
    const known = this.#tiers.get(wish);
    if (known !== undefined) return known;
    if (this.#tiers.size >= MAX_WISHES) this.#tiers.clear();
    const tiers = tiersOf(this.workers, request, this.#preferResident);
    this.#tiers.set(wish, tiers);
    return tiers;
  }
}

function wishOf({ language, modelId, voice, residentOnly, capabilities, similarTo }: WorkerRequest): string {
  return JSON.stringify([language, modelId, voice, residentOnly, capabilities, similarTo]);
}
