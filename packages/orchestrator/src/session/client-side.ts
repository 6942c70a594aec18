import { CLOSE_CODES, PARLEY_V1, type SessionLimits, type SessionSettings } from '@parley/protocol';
import { EventLog } from './event-log.ts';
import type { ClientLink, EventMessage } from './ports/client-link.ts';

/** Options of a {@link ClientSide}. */
export interface ClientSideOptions {
  readonly sessionId: string;
  readonly link: ClientLink;
  readonly limits: SessionLimits;
  /** Makes the next token with which the session can be resumed. */
  readonly issueToken: () => string;
}

/** What a greeting says about the session. */
export interface Greeting {
  readonly resumed: boolean;
  readonly settings: SessionSettings;
  /** Text messages of the client that were processed so far. */
  readonly clientMessages: number;
}

/** The client's end of a session: the link it has now, if any, and what it was told over this and earlier ones. */
export class ClientSide {
  readonly #options: ClientSideOptions;
  readonly #events = new EventLog();
  readonly #keepsEvents: boolean;
  #link: ClientLink | undefined;

  constructor(options: ClientSideOptions) {
    this.#options = options;
    this.#link = options.link;
    this.#keepsEvents = options.link.resumable;
  }

  /** Undefined while the client is away. */
  get link(): ClientLink | undefined {
    return this.#link;
  }

  /** Sends a message, and keeps it for a client that may have to be told again. */
  send(message: EventMessage): void {
    if (this.#keepsEvents) this.#events.add(message);
    this.#link?.send(message);
  }

  /** Sends the first message of a connection, with a new token. */
  greet({ resumed, settings, clientMessages }: Greeting): void {
    const { sessionId, limits, issueToken } = this.#options;
    this.#link?.send({
      type: 'session_start',
      session_id: sessionId,
      protocol: PARLEY_V1,
      resume_token: issueToken(),
      resumed,
      settings,
      limits,
      client_messages: clientMessages,
    });
  }

  /** The client is gone, for now. */
  detach(): void {
    this.#link = undefined;
  }

  /** Whether a client that got the first `events` messages can be told all the others. */
  canReplayFrom(events: number): boolean {
    return this.#events.after(events) !== undefined;
  }

  /** The client is back: it is greeted and told what it missed. A connection that it left open is closed. */
  attach(link: ClientLink, greeting: Greeting, events: number): void {
    const former = this.#link;
    this.#link = link;
    former?.close(CLOSE_CODES.NORMAL, 'resumed on another connection');
    this.greet(greeting);
    for (const message of this.#events.after(events) ?? []) link.send(message);
  }
}
