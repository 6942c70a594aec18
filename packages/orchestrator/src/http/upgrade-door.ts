import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorBody, UPGRADE_PATHS } from './answers.ts';

/** Takes a WebSocket upgrade request, and with it the socket: answers it, and closes it in the end. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Path of a request, without its query. */
export function pathOf(url: string | undefined): string {
  return (url ?? '/').split('?', 1)[0] ?? '/';
}

/**
 * Whether a request is for a WebSocket. Others that offer an upgrade (curl offers `h2c`) are answered as if they
 * had not, which RFC 9110 (7.8) allows.
 */
export function wantsWebSocket(request: IncomingMessage): boolean {
  return /(?:^|,)\s*websocket\s*(?:,|$)/i.test(request.headers.upgrade ?? '');
}

/** Hands WebSocket upgrades of `server` on the right paths to `onUpgrade`, and answers all others. */
export function openUpgradeDoor(server: Server, onUpgrade: UpgradeHandler | undefined): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (onUpgrade === undefined) refuse(socket, 'WebSocket connections are turned off on this server');
    else if (UPGRADE_PATHS.includes(pathOf(request.url))) onUpgrade(request, socket, head);
    else refuse(socket, `no WebSocket here: connect to ${UPGRADE_PATHS.join(' or ')}`);
  });
}

function refuse(socket: Duplex, message: string): void {
  const body = JSON.stringify({ error: { code: 'NOT_FOUND', message } } satisfies ErrorBody);
  const head = [
    'HTTP/1.1 404 Not Found',
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.on('error', () => socket.destroy());
  // Without this a peer that never closes its side would keep the socket for good.
  socket.on('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
