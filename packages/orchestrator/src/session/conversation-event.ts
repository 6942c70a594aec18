import type { SessionEndReason } from '@parley/protocol';
import type { SynthesisResult } from './ports/worker-pool.ts';

/** All that can happen to a conversation. */
export type ConversationEvent =
  /** The client is connected and can be spoken to. */
  | { readonly type: 'opened' }
  /** Text to speak; `isFinal: false` when more of the same utterance follows. */
  | {
      readonly type: 'text';
      readonly text: string;
      readonly isFinal: boolean;
      /** Name of the utterance; absent where the client leaves that to us. */
      readonly utteranceId?: string;
      /** It is a responder's and not the client's: bounded there, and apart from what the client is still writing. */
      readonly isAnswer?: boolean;
    }
  | { readonly type: 'control'; readonly command: 'PAUSE' | 'RESUME' | 'STOP' }
  /** No text has come for a while: what there is shall be spoken. */
  | { readonly type: 'text_idle' }
  /** The worker is done with a segment, in one way or another. */
  | { readonly type: 'segment_done'; readonly generation: number; readonly result: SynthesisResult }
  /** The client hears the utterance's first frame. */
  | { readonly type: 'utterance_began'; readonly utteranceId: string }
  /** The client has heard all there was of the utterance, of which more may come. */
  | { readonly type: 'utterance_waits'; readonly utteranceId: string }
  /** The client hears the first frame of what came after that. */
  | { readonly type: 'utterance_goes_on'; readonly utteranceId: string }
  /** The client has heard the utterance's last frame. */
  | { readonly type: 'utterance_finished'; readonly utteranceId: string }
  /** Voice activity: the user begins to speak. */
  | { readonly type: 'speech_started' }
  /** The user has spoken for the time that makes it an interruption, or said enough words. Follows a start. */
  | { readonly type: 'speech_sustained' }
  /** Voice activity: the user is silent. Follows a start. */
  | { readonly type: 'speech_stopped' }
  /** A newer answer takes the place of what is being said. */
  | { readonly type: 'superseded' }
  /** The silence after a false alarm has lasted. */
  | { readonly type: 'resume_due' }
  /** The system has waited long enough for the user to let it speak. */
  | { readonly type: 'turn_due' }
  /** The server is shutting down: finish what is being said, then end. */
  | { readonly type: 'drain' }
  /** The session is over, whatever it is doing. */
  | { readonly type: 'end'; readonly reason: SessionEndReason };
