import type { ClientClock } from '../clock.ts';

/** Text of one utterance that is still being written, such as the tokens of a language model. */
export interface TextStream {
  readonly utteranceId: string;
  /**
   * Aborted when the utterance is over before the text is: interrupted, stopped or failed, or because the
   * session is gone. Give it to whatever makes the text.
   */
  readonly signal: AbortSignal;
  /**
   * Adds text. Tokens that come close together are sent together. Resolves when more may be written: at once,
   * or when the server has caught up. What is written after the utterance is over is ignored.
   *
   * @throws ParleyClientError `OUTBOX_FULL` when others filled the way to the server; this text was not taken
   */
  write(text: string): Promise<void>;
  /**
   * Says that the text is complete, with its last piece where that is still to be written. Idempotent.
   *
   * @throws ParleyClientError `OUTBOX_FULL`; the stream is not ended then, and `text` not taken
   */
  end(text?: string): void;
}

/** Options of {@link createTextStream}. */
export interface TextStreamOptions {
  readonly utteranceId: string;
  readonly clock: ClientClock;
  readonly signal: AbortSignal;
  /** Sends one chunk; throws when it cannot. */
  readonly send: (text: string, isFinal: boolean) => void;
  /** Resolves when there is room for more. */
  readonly room: () => Promise<void>;
}

/** How long tokens are gathered before they are sent together: servers limit messages, not characters. */
const GATHER_MS = 20;

/** Gathered characters that are sent without waiting further, so that a writer cannot outrun its waits. */
const GATHER_CHARACTERS = 1000;

/** Text that says nothing, to end an utterance of which everything has been sent: no text may be empty. */
const NOTHING = '\n';

/** Makes a stream that belongs to a session. The first token goes out at once, so that speech starts early. */
export function createTextStream(options: TextStreamOptions): TextStream {
  const { clock, signal, send, room } = options;
  let gathered = '';
  let hasSent = false;
  let isEnded = false;
  let failure: unknown;
  let cancelTimer: (() => void) | undefined;

  const flush = (): void => {
    cancelTimer = undefined;
    if (gathered === '') return;
    send(gathered, false);
    gathered = '';
    hasSent = true;
    cancelTimer = clock.after(GATHER_MS, flushLater);
  };

  /** A failure here has no caller: the next write or the end meets it. What was gathered is kept. */
  const flushLater = (): void => {
    try {
      flush();
    } catch (error) {
      failure = error;
    }
  };

  signal.addEventListener('abort', () => cancelTimer?.(), { once: true });

  return {
    utteranceId: options.utteranceId,
    signal,
    async write(text) {
      if (isEnded || signal.aborted) return;
      if (failure !== undefined) {
        const error = failure;
        failure = undefined;
        throw error;
      }
      const before = gathered;
      gathered += text;
      if (cancelTimer === undefined || gathered.length >= GATHER_CHARACTERS) {
        cancelTimer?.();
        try {
          flush();
        } catch (error) {
          // Whoever is told that a text was not taken writes it again.
          gathered = before;
          throw error;
        }
      }
      await room();
    },
    end(text = '') {
      if (isEnded) return;
      cancelTimer?.();
      const last = gathered + text;
      if (!signal.aborted && (last !== '' || hasSent)) send(last === '' ? NOTHING : last, true);
      isEnded = true;
    },
  };
}
