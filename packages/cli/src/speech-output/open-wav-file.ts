import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { WAV_HEADER_BYTES, wavHeader } from '@parley/audio';
import { outputFailed } from './output-failed.ts';
import { type SpeechOutput, type SpeechOutputEvents, SPEECH_RATE_HZ } from './speech-output.ts';

/** Options of {@link openWavFile}. */
export interface WavFileOptions {
  /** Path of the file. */
  readonly path: string;
  /** Whether a file that is there is replaced (the default) or an error with cause `EEXIST`. */
  readonly replace?: boolean;
  readonly events: Pick<SpeechOutputEvents, 'onBroken'>;
}

/**
 * Creates a WAV file (48 kHz, mono, 16 bits). Its header is the streaming form until `finish()` or `abort()`
 * puts the real length in, so that even a killed process leaves something that plays.
 *
 * @throws CliError `OUTPUT_FAILED` when the file cannot be created
 */
export function openWavFile(options: WavFileOptions): SpeechOutput {
  const { path, replace = true, events } = options;
  let fd: number | undefined;
  let dataBytes = 0;
  try {
    fd = openSync(path, replace ? 'w' : 'wx');
    writeAll(fd, wavHeader({ sampleRateHz: SPEECH_RATE_HZ }));
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw outputFailed(path, error);
  }
  const isSeekable = fstatSync(fd).isFile();

  function close(): void {
    if (fd === undefined) return;
    const closing = fd;
    fd = undefined;
    try {
      if (isSeekable) {
        writeSync(closing, wavHeader({ sampleRateHz: SPEECH_RATE_HZ, dataBytes }), 0, WAV_HEADER_BYTES, 0);
      }
    } finally {
      closeSync(closing);
    }
  }

  return {
    name: path,
    backlogBytes: 0,
    write(pcm) {
      if (fd === undefined) return;
      try {
        writeAll(fd, pcm);
        dataBytes += pcm.byteLength;
      } catch (error) {
        close();
        events.onBroken(outputFailed(path, error));
      }
    },
    finish: async () => close(),
    abort: async () => close(),
  };
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.byteLength) written += writeSync(fd, bytes, written);
}
