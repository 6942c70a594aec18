import type { ResumeRequest } from '@parley/protocol';
import type { ClientLink } from '../session/ports/client-link.ts';
import type { SessionHandle } from '../session/session-manager.ts';

/** What a transport tells the service when a client has come. */
export interface ClientArrival {
  readonly link: ClientLink;
  /** Client metadata known at connect time (language, model preferences, user agent, ...). */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a transport tells the service when a client has come back. */
export interface ResumeArrival extends ResumeRequest {
  readonly link: ClientLink;
}

/** Result of {@link SessionHost.resume}. */
export type ResumeResult =
  | { readonly kind: 'opened'; readonly session: SessionHandle }
  /** `problem` may be shown to the client. */
  | { readonly kind: 'failed'; readonly problem: string };

/** Result of {@link SessionHost.open}: a session, or the reason why there is none. */
export type OpenResult =
  | { readonly kind: 'opened'; readonly session: SessionHandle }
  | { readonly kind: 'draining' };

/** The door through which every transport gets its sessions. */
export interface SessionHost {
  /** Opens a session for a client; its `session_start` is written to the link before this returns. */
  open(arrival: ClientArrival): OpenResult;
  /** Gives a client that comes back its session, on a new link. */
  resume(arrival: ResumeArrival): ResumeResult;
}

/**
 * A way in for clients. A new transport is a folder with a factory that returns this, a section in
 * the configuration, and a line in `main.ts`.
 */
export interface Transport {
  /** As in the configuration (`transport.<name>`), logs and metrics. */
  readonly name: string;
  /** Begins to take clients. Rejects with a `ParleyError` when it cannot. */
  start(): Promise<void>;
  /** Takes no more clients; those connected stay until their sessions end. Idempotent. */
  drain(): void;
  /** Settles when no client is connected any more, at the latest after `timeoutMs`. */
  emptied(timeoutMs: number): Promise<void>;
  /** Cuts whatever is still connected and frees everything. Idempotent. */
  close(): Promise<void>;
}
