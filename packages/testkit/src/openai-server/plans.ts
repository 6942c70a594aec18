/** What goes wrong with an answer. */
export type AnswerFault =
  /** The request is taken and nothing is ever answered. */
  | 'never_answers'
  /** The stream begins and stays silent. Not for answers in one piece. */
  | 'stalls'
  /** The connection is cut. */
  | 'dies'
  /** The stream tells of an error and ends. Not for answers in one piece. */
  | 'error_in_stream'
  /** What comes is no JSON. */
  | 'nonsense';

/** How one request is answered. */
export interface AnswerPlan {
  /** HTTP status; anything but 200 is answered with an error body. Default 200. */
  readonly status?: number;
  /** The `retry-after` header of such an answer, in seconds. */
  readonly retryAfterSeconds?: number;
  readonly fault?: AnswerFault;
  /** Pieces of the stream that are sent before the fault shows. Default 0. */
  readonly faultAfter?: number;
  /** Time before the answer begins, in ms. Default 0. */
  readonly delayMs?: number;
}

/** How a request for an answer of a language model is answered. */
export interface ChatPlan extends AnswerPlan {
  /** Pieces of the answer, one event each. Default one, `Hello.`. */
  readonly tokens?: readonly string[];
  /** Time between two pieces, in ms. Default 0. */
  readonly tokenGapMs?: number;
  /** Whether the pieces begin anew at their end, for ever. Default false. */
  readonly endless?: boolean;
  /** Bytes of a network write, to cut events apart anywhere. Default: an event is one write. */
  readonly writeBytes?: number;
  /** Whether the closing `[DONE]` is left out. Default false. */
  readonly withoutDone?: boolean;
}

/** How a request for a transcript is answered. */
export interface TranscriptionPlan extends AnswerPlan {
  /** What was heard, by the audio that came. Default: nothing. */
  readonly text?: string | ((samples: Int16Array) => string | Promise<string>);
  readonly language?: string;
  /** Whether the text is streamed, a word an event, to those who ask for it. Default false. */
  readonly streams?: boolean;
  /** Whether a streamed text begins anew at its end, for ever. Default false. */
  readonly endless?: boolean;
  /** Time between two words of a streamed text, in ms. Default 0. */
  readonly wordGapMs?: number;
  /** Whether requests that ask for a stream are refused with 400. Default false. */
  readonly refusesStream?: boolean;
}
