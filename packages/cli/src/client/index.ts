export { type OpenedSession, openSession, type OpenSessionOptions } from './open-session.ts';
export { type ConnectionEnd, describeConnectionEnd } from './connection-end.ts';
export { describeServerError } from './describe-server-error.ts';
export { DEFAULT_SERVER_URL, type SessionAddress, serverName, sessionUrl } from './session-url.ts';
