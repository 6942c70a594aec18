import type { KnownWorker } from '../worker-registry.ts';
import type { FoundRecord, ReadResult } from './read-records.ts';

/** The workers as last seen in Redis. */
export class WorkerSnapshot {
  #found = new Map<string, FoundRecord>();
  #workers: readonly KnownWorker[] = [];

  /** The records by name, with the text they were read from. */
  get found(): ReadonlyMap<string, FoundRecord> {
    return this.#found;
  }

  /** The records; the same array until one changes. */
  get workers(): readonly KnownWorker[] {
    return this.#workers;
  }

  /**
   * Takes over everything that was read. Tells whether anything is different.
   *
   * @param keepMissing workers that are not there any more stay, without the time of their heartbeat
   */
  replaceAll(results: ReadonlyMap<string, ReadResult>, keepMissing: boolean): boolean {
    const next = new Map<string, FoundRecord>();
    for (const [name, result] of results) if (result.kind === 'found') next.set(name, result.found);
    if (keepMissing) {
      for (const [name, found] of this.#found) {
        const kind = results.get(name)?.kind ?? 'absent';
        if (kind === 'absent') next.set(name, withoutHeartbeat(found));
      }
    }
    const isSame =
      next.size === this.#found.size &&
      next.entries().every(([name, found]) => this.#found.get(name) === found);
    if (isSame) return false;
    this.#set(next);
    return true;
  }

  /** Takes over some records. Tells whether anything is different. */
  update(results: ReadonlyMap<string, ReadResult>): boolean {
    let isDifferent = false;
    for (const [name, result] of results) {
      if (result.kind === 'found') {
        if (this.#found.get(name) === result.found) continue;
        this.#found.set(name, result.found);
        isDifferent = true;
      } else if (this.#found.delete(name)) isDifferent = true;
    }
    if (isDifferent) this.#set(this.#found);
    return isDifferent;
  }

  /**
   * Takes the times of the last heartbeats out: nobody can know them now, and a worker must not seem silent
   * because we are deaf. Tells whether anything is different.
   */
  forgetHeartbeats(): boolean {
    const next = new Map<string, FoundRecord>();
    let isDifferent = false;
    for (const [name, found] of this.#found) {
      const silenced = withoutHeartbeat(found);
      if (silenced !== found) isDifferent = true;
      next.set(name, silenced);
    }
    if (isDifferent) this.#set(next);
    return isDifferent;
  }

  #set(next: Map<string, FoundRecord>): void {
    this.#found = next;
    this.#workers = Array.from(next.values(), ({ record }) => record);
  }
}

function withoutHeartbeat(found: FoundRecord): FoundRecord {
  if (found.record.last_heartbeat_ts === undefined) return found;
  const { last_heartbeat_ts: _time, heardAtMs: _heard, ...record } = found.record;
  // Another text than any that Redis holds: the record is read again when it is back.
  return { record, raw: '' };
}
