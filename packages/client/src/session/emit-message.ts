import type { Emitter } from '../emitter.ts';
import type { SessionMessage } from './connection.ts';
import type { SessionEvents } from './session-events.ts';

/** Messages that are events of the session as they are. */
export type EventMessage = Extract<
  SessionMessage,
  {
    type:
      | 'utterance_start'
      | 'utterance_end'
      | 'speech_started'
      | 'speech_stopped'
      | 'transcript'
      | 'warning';
  }
>;

/** Tells whoever listens for what a message says. */
export function emitMessage(events: Emitter<SessionEvents>, message: EventMessage): void {
  switch (message.type) {
    case 'utterance_start':
      events.emit('utteranceStart', message);
      return;
    case 'utterance_end':
      events.emit('utteranceEnd', message);
      return;
    case 'speech_started':
      events.emit('speechStarted', message);
      return;
    case 'speech_stopped':
      events.emit('speechStopped', message);
      return;
    case 'transcript':
      events.emit('transcript', message);
      return;
    case 'warning':
      events.emit('warning', message);
      return;
    default:
      message satisfies never;
  }
}
