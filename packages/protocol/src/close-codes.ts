import type { SessionEndReason } from './server-messages.ts';

/** WebSocket close codes that Parley uses (RFC 6455 and the IANA registry). */
export const CLOSE_CODES = {
  /** The session ended as it should, or by one of its own limits. */
  NORMAL: 1000,
  /** The client kept breaking the protocol, or may not be here. Never used for overload. */
  POLICY_VIOLATION: 1008,
  MESSAGE_TOO_BIG: 1009,
  INTERNAL_ERROR: 1011,
  /** The server is being restarted: reconnect after the hint in the reason. */
  SERVICE_RESTART: 1012,
  /** Overload: reconnect later. */
  TRY_AGAIN_LATER: 1013,
} as const;

/** One of {@link CLOSE_CODES}. */
export type CloseCode = (typeof CLOSE_CODES)[keyof typeof CLOSE_CODES];

/** The close code that goes with each reason of `session_end`, where no error asks for another. */
export const SESSION_END_CLOSE_CODES: Readonly<Record<SessionEndReason, CloseCode>> = {
  completed: CLOSE_CODES.NORMAL,
  client_disconnect: CLOSE_CODES.NORMAL,
  idle_timeout: CLOSE_CODES.NORMAL,
  max_duration: CLOSE_CODES.NORMAL,
  server_shutdown: CLOSE_CODES.SERVICE_RESTART,
  error: CLOSE_CODES.INTERNAL_ERROR,
};
