import type { SessionSettings, SessionSettingsUpdate } from '@parley/protocol/client';
import { ParleyClientError } from '../client-error.ts';
import { mergeSettings } from './merge-settings.ts';
import type { Bracket } from './session-output.ts';

interface Pending {
  readonly update: SessionSettingsUpdate;
  /** Absent where the update is the first message of its session: an error can be about nothing else. */
  readonly bracket: Bracket | undefined;
  /** Whether what comes now can be about it. */
  isDue: boolean;
  /** What came since it was due, and may be why it was refused. */
  readonly errors: ParleyClientError[];
  readonly resolve: (settings: SessionSettings) => void;
  readonly reject: (error: ParleyClientError) => void;
}

/** Errors that may answer an update; all others are about something else. */
const REFUSALS: ReadonlySet<string> = new Set(['INVALID_MESSAGE', 'RATE_LIMITED', 'UNSUPPORTED']);

/**
 * Changes of settings that were asked for; the server answers them in order. Its errors do not say what they
 * are about, so an update has a ping on either side: what comes between the two pongs may be about it.
 */
export class SettingsUpdates {
  readonly #pending: Pending[] = [];
  readonly #onUnrelated: (error: ParleyClientError) => void;
  #wanted: SessionSettingsUpdate | undefined;

  /** @param onUnrelated told of errors that turned out to be about something else */
  constructor(onUnrelated: (error: ParleyClientError) => void) {
    this.#onUnrelated = onUnrelated;
  }

  /** Everything that was asked for and granted, as one update for another session. */
  get wanted(): SessionSettingsUpdate | undefined {
    return this.#pending.reduce<SessionSettingsUpdate | undefined>(
      (wanted, { update }) => mergeSettings(wanted ?? {}, update),
      this.#wanted,
    );
  }

  /** Waits for the answer to an update that is being sent, or that will be the first message of a session. */
  add(update: SessionSettingsUpdate, bracket?: Bracket): Promise<SessionSettings> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ update, bracket, isDue: bracket === undefined, errors: [], resolve, reject });
    });
  }

  /** Settings are in force: those of the oldest update, if its answer is due. */
  granted(settings: SessionSettings): void {
    const [pending] = this.#pending;
    if (pending?.isDue !== true) return;
    this.#pending.shift();
    this.#wanted = mergeSettings(this.#wanted ?? {}, pending.update);
    pending.resolve(settings);
    for (const error of pending.errors) this.#onUnrelated(error);
  }

  /** An error came. */
  onError(error: ParleyClientError): void {
    const [pending] = this.#pending;
    if (pending?.isDue !== true || !REFUSALS.has(error.code)) this.#onUnrelated(error);
    else if (pending.bracket !== undefined) pending.errors.push(error);
    else this.#refuse(error);
  }

  /** A pong came: the answer to an update is due, or will not come. */
  onPong(t: number): void {
    const [pending] = this.#pending;
    if (pending?.bracket === undefined) return;
    if (t === pending.bracket.beforeT) pending.isDue = true;
    if (t !== pending.bracket.afterT) return;
    const reason = pending.errors.pop();
    const unrelated = pending.errors.splice(0);
    this.#refuse(reason ?? new ParleyClientError('INTERNAL_ERROR', 'The server did not answer the update.'));
    for (const error of unrelated) this.#onUnrelated(error);
  }

  /** All that waits goes into one message to another session, answered once. */
  combine(): void {
    if (this.wanted === undefined) return;
    const all = this.#pending.splice(0);
    const update = all.reduce((merged, pending) => mergeSettings(merged, pending.update), this.#wanted ?? {});
    this.#pending.push({
      update,
      bracket: undefined,
      isDue: true,
      errors: [],
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

  #refuse(error: ParleyClientError): void {
    this.#pending.shift()?.reject(error);
  }
}
