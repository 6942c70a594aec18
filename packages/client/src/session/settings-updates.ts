import type { SessionSettings, SessionSettingsUpdate } from '@parley/protocol/client';
import type { ParleyClientError } from '../client-error.ts';
import { mergeSettings } from './merge-settings.ts';

interface Pending {
  readonly update: SessionSettingsUpdate;
  readonly resolve: (settings: SessionSettings) => void;
  readonly reject: (error: ParleyClientError) => void;
}

/** Changes of settings that were asked for; the server answers them in order. */
export class SettingsUpdates {
  readonly #pending: Pending[] = [];
  #wanted: SessionSettingsUpdate | undefined;

  /** Everything that was asked for and granted, as one update for another session. */
  get wanted(): SessionSettingsUpdate | undefined {
    return this.#pending.reduce<SessionSettingsUpdate | undefined>(
      (wanted, { update }) => mergeSettings(wanted ?? {}, update),
      this.#wanted,
    );
  }

  /** Whether an answer is awaited. */
  get isWaiting(): boolean {
    return this.#pending.length > 0;
  }

  /** Waits for the answer to an update that is being sent. */
  add(update: SessionSettingsUpdate): Promise<SessionSettings> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ update, resolve, reject });
    });
  }

  /** The server granted the oldest update. */
  granted(settings: SessionSettings): void {
    const pending = this.#pending.shift();
    if (pending === undefined) return;
    this.#wanted = mergeSettings(this.#wanted ?? {}, pending.update);
    pending.resolve(settings);
  }

  /** The server refused the oldest update. */
  refused(error: ParleyClientError): void {
    this.#pending.shift()?.reject(error);
  }

  /** All that waits goes into one message to another session, answered once. */
  combine(): void {
    if (this.wanted === undefined) return;
    const all = this.#pending.splice(0);
    const update = all.reduce((merged, pending) => mergeSettings(merged, pending.update), this.#wanted ?? {});
    this.#pending.push({
      update,
      resolve: (settings) => {
        for (const { resolve } of all) resolve(settings);
      },
      reject: (error) => {
        for (const { reject } of all) reject(error);
      },
    });
  }

  /** No answer will come. */
  close(error: ParleyClientError): void {
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }
}
