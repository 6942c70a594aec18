import type { ClientMessageV1 } from './client-messages.ts';

/** Encodes a message for a server of `parley.v1`; nothing is validated here. */
export function encodeClientMessageV1(message: ClientMessageV1): string {
  return JSON.stringify(message);
}
