import type { Session } from './session.ts';

/**
 * The tokens with which clients come back. A token is replaced when it is used, but good until its successor is
 * used: the answer that brings the successor may be lost with the connection it was sent on.
 */
export class ResumeTokens {
  readonly #newToken: () => string;
  readonly #sessions = new Map<string, Session>();
  /** At most two of a session: the one it was last resumed with, and the newest. */
  readonly #tokens = new Map<Session, readonly string[]>();

  /** `newToken` makes one that nobody can guess. */
  constructor(newToken: () => string) {
    this.#newToken = newToken;
  }

  /** Makes a session's next token. */
  issue(session: Session): string {
    const token = this.#newToken();
    this.#sessions.set(token, session);
    this.#tokens.set(session, [...(this.#tokens.get(session) ?? []), token]);
    return token;
  }

  /** The session that a token is good for. */
  find(token: string): Session | undefined {
    return this.#sessions.get(token);
  }

  /** A session was resumed with this token, and has been given a new one: its others are void. */
  used(session: Session, token: string): void {
    const tokens = this.#tokens.get(session) ?? [];
    const newest = tokens.at(-1);
    for (const other of tokens) {
      if (other !== token && other !== newest) this.#sessions.delete(other);
    }
    this.#tokens.set(
      session,
      tokens.filter((other) => this.#sessions.has(other)),
    );
  }

  /** The session is over. */
  forget(session: Session): void {
    for (const token of this.#tokens.get(session) ?? []) this.#sessions.delete(token);
    this.#tokens.delete(session);
  }
}
