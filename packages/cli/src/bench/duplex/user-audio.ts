import { readFileSync } from 'node:fs';
import { parseWav, samplesFromBytes } from '@parley/audio';

/** 20 ms at 16 kHz. */
const FRAME_SAMPLES = 320;

/** Microphone audio in frames of 20 ms, ready to be sent. */
export type MicrophoneFrames = readonly Uint8Array[];

/** A quiet room, at about -66 dBFS: not digital silence, which engines might judge faster. */
export function quietRoom(): MicrophoneFrames {
  let state = 1;
  const samples = Int16Array.from({ length: 50 * FRAME_SAMPLES }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return ((state >>> 16) % 57) - 28;
  });
  return frames(samples);
}

/** A voice that goes on long enough to be an interruption, from its first sound on: espeak's, 1.4 s. */
export function interruption(): MicrophoneFrames {
  const wav = readFileSync(new URL('interruption.wav', import.meta.url));
  return frames(samplesFromBytes(parseWav(wav).pcm));
}

function frames(samples: Int16Array): MicrophoneFrames {
  return Array.from({ length: Math.floor(samples.length / FRAME_SAMPLES) }, (_, index) => {
    const part = samples.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES);
    return new Uint8Array(part.buffer);
  });
}
