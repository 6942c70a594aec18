import type { ResumeRequest as ResumeRequestV1, SessionLimits, SessionSettings } from '@parley/protocol';
import type { PlayoutScheduler } from '../playout/playout-scheduler.ts';
import type { DialogueOptions } from './dialogue.ts';
import type { ConversationLimits } from './conversation.ts';
import type { ClientLink } from './ports/client-link.ts';
import type { Clock } from './ports/clock.ts';
import type { OpenEars } from './ports/ears.ts';
import type { Logger } from './ports/logger.ts';
import type { SpeechSession } from './ports/worker-pool.ts';
import type { SessionMetrics } from './session-metrics.ts';
import type { Session } from './session.ts';

/** What a client that comes back has got. */
export type ResumeRequest = Pick<ResumeRequestV1, 'samples' | 'events'>;

/** Limits of one session. Times in milliseconds; 0 means no limit. */
export interface SessionOptions {
  /** How text is cut, filtered and limited, and what the user's voice does, with these settings. */
  readonly limitsFor: (settings: SessionSettings) => ConversationLimits;
  readonly queueFrames: number;
  /** Speech kept after it was sent, for a client that comes back, beyond the lead that it chose; in milliseconds. */
  readonly keptBeyondLeadMs: number;
  readonly slowConsumerTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxDurationMs: number;
  readonly maxMessages: number;
  /** How long unfinished text may wait for more before it is spoken as it is. */
  readonly textFlushMs: number;
  /** How long a session waits for its client to come back; 0 means not at all. */
  readonly resumeWindowMs: number;
  /** Why settings that a client asks for cannot be had here; `undefined` when they can. */
  readonly refuse: (settings: SessionSettings) => string | undefined;
  /** What answers the user under these settings; absent where nothing does. */
  readonly responderFor: DialogueOptions['responderFor'];
  /** Entries of history kept for it. */
  readonly historyLimit: number;
  /** Spoken when it fails before it has said anything, or what was said is lost; empty for nothing. */
  readonly apology: string;
  /** What clients are told of all this. */
  readonly told: SessionLimits;
}

/** What a session is made of. */
export interface SessionParts {
  readonly sessionId: string;
  readonly link: ClientLink;
  readonly metadata: Readonly<Record<string, string>>;
  /** What holds until the client changes it; the link's own defaults come on top. */
  readonly settings: SessionSettings;
  readonly speech: SpeechSession;
  /** Absent where nobody listens to microphones. */
  readonly openEars?: OpenEars;
  readonly scheduler: PlayoutScheduler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SessionMetrics;
  readonly options: SessionOptions;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** Makes the next token with which the session can be resumed. */
  readonly issueToken: (session: Session) => string;
  /** Called once, when the session is over and has freed what it had. */
  readonly onClosed: (session: Session) => void;
}
