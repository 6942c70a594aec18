/** A message that was not taken, and what to tell the client; its connection counts such faults. */
export interface MessageFault {
  readonly code: 'INVALID_MESSAGE' | 'RATE_LIMITED';
  readonly problem: string;
}
