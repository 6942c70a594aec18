export {
  connect,
  type ConnectOptions,
  type SessionEvent,
  type SessionHandlers,
  type SpeechConnection,
  type SpeechFrame,
} from './connect.ts';
export { type ConnectionEnd, describeConnectionEnd } from './connection-end.ts';
export { describeServerError } from './describe-server-error.ts';
export { DEFAULT_SERVER_URL, type SessionAddress, serverName, sessionUrl } from './session-url.ts';
