import type { SessionState } from './session-state.ts';

/** One thing the system says: the text of one or more messages up to `is_final`. */
export interface Utterance {
  readonly id: string;
  /** Whether the id came with the text. */
  readonly isNamed: boolean;
  /** Whether a responder says it, and not the client. */
  readonly isAnswer: boolean;
  /** More text may come. */
  readonly open: boolean;
  /** Text that is not yet a whole segment. */
  readonly rest: string;
  /** Segments waiting to be synthesized, in order. */
  readonly segments: readonly string[];
  /** A segment has been cut from the text: the next one need not be short. */
  readonly hasSegments: boolean;
  /** A segment has been given to a worker. */
  readonly begun: boolean;
  /** The client has been told that it began. */
  readonly announced: boolean;
  /** All there is of it was given to a worker, and it is open: the mark behind that is in playout. */
  readonly waiting: boolean;
  /** Such marks that playout has not reached: with more than one, there is more to be heard behind the first. */
  readonly waits: number;
  /** The end mark is in playout; the reason that will be told when it is reached. */
  readonly ending: 'completed' | 'failed' | undefined;
}

/** How the conversation cuts and limits text. */
export interface ConversationLimits {
  /** Most characters accepted but not yet given to a worker. */
  readonly maxQueuedCharacters: number;
  /** Most utterances accepted and not yet ended. */
  readonly maxQueuedUtterances: number;
  /**
   * What the user's voice does to speech: nothing; hold it until the interruption is confirmed or was a false
   * alarm; or end it at once.
   */
  readonly bargeIn: 'off' | 'confirmed' | 'immediate';
  /** Cuts a buffer into segments and a rest. Pure. */
  readonly segment: SegmentText;
  /** What of a segment is spoken; an empty string when nothing is. Pure. */
  readonly spoken: (segment: string) => string;
}

/** Cuts `buffer` into whole segments and the rest that may still grow. */
export type SegmentText = (input: {
  readonly buffer: string;
  /** The utterance ends with this text: the rest becomes a segment as well. */
  readonly isFinal: boolean;
  /** More text may come, but what there is shall become a segment now. */
  readonly flush: boolean;
  /** The next segment is the utterance's first one, which is kept short for early audio. */
  readonly isFirstSegment: boolean;
}) => { readonly segments: readonly string[]; readonly rest: string };

/** All that the conversation remembers between two events. */
export interface Conversation {
  readonly state: SessionState;
  /** Raised by every interruption; what carries an older one is dropped wherever it is met. */
  readonly generation: number;
  /** The client asked for silence until it says otherwise. */
  readonly paused: boolean;
  /** Whether voice activity says that the user is speaking. */
  readonly userSpeaking: boolean;
  /** What is held began while the user spoke: it waits for its turn, and what the user goes on saying does not mean it. */
  readonly waitsTurn: boolean;
  /** The server is going: the current utterance is the last. */
  readonly draining: boolean;
  /** Accepted and not yet ended, oldest first. At most one answer is open, and of the client's only the last may be. */
  readonly utterances: readonly Utterance[];
  /** The utterance whose segment a worker is speaking now. */
  readonly synthesizing: string | undefined;
  /** The last utterances that ended under a name that came with them: chunks of them that still come are ignored. */
  readonly endedIds: readonly string[];
  /** Utterances ever accepted; numbers their ids. */
  readonly utteranceCount: number;
}

/** A conversation before its first event. */
export const NEW_CONVERSATION: Conversation = {
  state: 'INITIALIZING',
  generation: 0,
  paused: false,
  userSpeaking: false,
  waitsTurn: false,
  draining: false,
  utterances: [],
  synthesizing: undefined,
  endedIds: [],
  utteranceCount: 0,
};
