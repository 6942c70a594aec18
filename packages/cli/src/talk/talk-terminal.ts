import { createInterface } from 'node:readline';
import type { CliContext } from '../cli-context.ts';

/** What the user does at the terminal. */
export interface TalkTerminalEvents {
  onLine(line: string): void;
  /** Ctrl-C on a terminal; of a script it is a signal to the process. */
  onInterrupt(): void;
  /** No more lines will come. */
  onEnd(): void;
}

/** Lines in, lines out; on a terminal what is printed goes above the line being typed. Who opens it closes it. */
export interface TalkTerminal {
  /** Whether a person sits there. */
  readonly isInteractive: boolean;
  print(text: string): void;
  /** Shows how things are before the line being typed, at most a few times a second; nothing elsewhere. */
  showStatus(text: string): void;
  /** Holds back lines of a script. */
  pause(): void;
  resume(): void;
  /** Idempotent. */
  close(): void;
}

const PROMPT = '> ';
const MIN_STATUS_INTERVAL_MS = 100;

/** Opens standard input and output for talking. */
export function openTalkTerminal(context: CliContext, events: TalkTerminalEvents): TalkTerminal {
  const { stdin, stdout } = context;
  const isInteractive = stdin.isTTY === true && stdout.isTTY === true;
  const lines = createInterface({
    input: stdin,
    ...(isInteractive && { output: stdout }),
    terminal: isInteractive,
    prompt: PROMPT,
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let isOpen = true;
  let statusAtMs = Number.NEGATIVE_INFINITY;
  lines.on('line', (line) => {
    events.onLine(line);
    if (isOpen && isInteractive) lines.prompt();
  });
  lines.on('SIGINT', () => events.onInterrupt());
  lines.on('close', () => {
    isOpen = false;
    events.onEnd();
  });
  if (isInteractive) lines.prompt();

  return {
    isInteractive,
    print(text) {
      if (!isInteractive || !isOpen) {
        stdout.write(`${text}\n`);
        return;
      }
      stdout.write(`\r\u001B[2K${text}\n`);
      lines.prompt(true);
    },
    showStatus(text) {
      const nowMs = performance.now();
      if (!isInteractive || !isOpen || nowMs - statusAtMs < MIN_STATUS_INTERVAL_MS) return;
      statusAtMs = nowMs;
      lines.setPrompt(text === '' ? PROMPT : `${text} ${PROMPT}`);
      lines.prompt(true);
    },
    pause: () => {
      if (isOpen) lines.pause();
    },
    resume: () => {
      if (isOpen) lines.resume();
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      lines.close();
      // A pipe that stays open would keep the process alive.
      stdin.destroy();
    },
  };
}
