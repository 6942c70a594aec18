import { toneWorker } from '../../end-to-end/support/counted-speech.ts';

/**
 * Configuration of a server whose worker speaks one counted frame for each character, and whose cheap ears decide
 * within the message that decides it: what comes of audio sent at once is the same each time.
 */
export function promptEars(options: Readonly<Record<string, string | number>> = {}): string {
  const vad = { engine: 'webrtc', aggressiveness: 3, false_interruption_timeout_ms: 400, ...options };
  const lines = Object.entries(vad).map(([name, value]) => `  ${name}: ${value}`);
  return toneWorker({ ms_per_char: 20 }, ['vad:', ...lines].join('\n'));
}

/** The same worker with the ears as they are by default. */
export const DEFAULT_EARS: string = toneWorker({ ms_per_char: 20 });
