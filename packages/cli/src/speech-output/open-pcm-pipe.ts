import type { Writable } from 'node:stream';
import { CliError } from '../cli-error.ts';
import type { SpeechOutput, SpeechOutputEvents } from './speech-output.ts';

/** Options of {@link openPcmPipe}. */
export interface PcmPipeOptions {
  /** Usually standard output; it is not ended. */
  readonly stream: Writable;
  readonly events: SpeechOutputEvents;
}

/** Writes bare samples (48 kHz, mono, s16le, no header) to a stream. */
export function openPcmPipe(options: PcmPipeOptions): SpeechOutput {
  const { stream, events } = options;
  let isOpen = true;
  let stopWaiting: (() => void) | undefined;

  const onError = (error: NodeJS.ErrnoException): void => {
    if (!isOpen) return;
    isOpen = false;
    if (error.code === 'EPIPE') events.onBroken();
    else {
      events.onBroken(
        new CliError('OUTPUT_FAILED', `The speech cannot be written to standard output: ${error.message}.`, {
          cause: error,
        }),
      );
    }
  };
  const onDrain = (): void => events.onDrained();
  stream.on('error', onError);
  stream.on('drain', onDrain);

  return {
    name: 'standard output',
    get backlogBytes() {
      return isOpen ? stream.writableLength : 0;
    },
    write(pcm) {
      // A stream keeps what it cannot write yet, and a frame may be overwritten by then.
      if (isOpen) stream.write(Uint8Array.from(pcm));
    },
    finish: () =>
      new Promise((resolve) => {
        stopWaiting = resolve;
        if (!isOpen || stream.writableLength === 0) resolve();
        else stream.write('', () => resolve());
      }),
    async abort() {
      isOpen = false;
      stopWaiting?.();
      stream.off('drain', onDrain);
    },
  };
}
