import { ParleyClientError } from './client-error.ts';

/** What is read of the events of a socket. */
export interface WebSocketEventLike {
  readonly type?: string;
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
}

/** The part of the browsers' `WebSocket` that is used here; the `ws` package has it too. */
export interface WebSocketLike {
  binaryType: string;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Bytes that were sent but have not left this machine. */
  readonly bufferedAmount: number;
  /** Name of the dialect that the server chose. */
  readonly protocol: string;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** Cuts the connection at once, where the platform can: the package `ws`. */
  terminate?(): void;
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: WebSocketEventLike) => void,
  ): void;
}

/** Opens a socket: `(url, protocol) => new WebSocket(url, protocol)`. */
export type OpenWebSocket = (url: string, protocol: string) => WebSocketLike;

/**
 * Opens sockets with the `WebSocket` of the platform: browsers, Node from 22 on.
 *
 * @throws ParleyClientError `INVALID_ARGUMENT` where there is none
 */
export const openPlatformWebSocket: OpenWebSocket = (url, protocol) => {
  if (typeof globalThis.WebSocket !== 'function') {
    throw new ParleyClientError(
      'INVALID_ARGUMENT',
      'This platform has no WebSocket: give the option openWebSocket, such as (url, protocol) => new WebSocket(url, protocol) with the package ws.',
    );
  }
  return new globalThis.WebSocket(url, protocol);
};

/** `readyState` of a socket that can send. */
export const SOCKET_OPEN = 1 as const;
