/** The states of a conversation. `SPEAKING` means that audio is really moving to the client. */
export type SessionState = 'INITIALIZING' | 'LISTENING' | 'SPEAKING' | 'BARGED_IN' | 'CLOSED';

/** Every allowed transition; all others are faults. `BARGED_IN -> SPEAKING` is a false alarm: speech resumes. */
export const SESSION_TRANSITIONS: Readonly<Record<SessionState, readonly SessionState[]>> = {
  INITIALIZING: ['LISTENING', 'CLOSED'],
  LISTENING: ['SPEAKING', 'CLOSED'],
  SPEAKING: ['LISTENING', 'BARGED_IN', 'CLOSED'],
  BARGED_IN: ['LISTENING', 'SPEAKING', 'CLOSED'],
  CLOSED: [],
};

/** Whether a session in `from` may go to `to`. Staying is not a transition. */
export function mayTransition(from: SessionState, to: SessionState): boolean {
  return SESSION_TRANSITIONS[from].includes(to);
}
