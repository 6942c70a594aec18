import type { ClientMessage } from '../client-messages.ts';

/** Encodes a message for a server of the base dialect; nothing is validated here. */
export function encodeClientMessage(message: ClientMessage): string {
  return JSON.stringify(message);
}
