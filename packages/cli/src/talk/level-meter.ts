import { levelDbfs } from '@parley/audio';
import type { Microphone } from '@parley/client';

const CELLS = 10;
/** Below is silence to the eye. */
const FLOOR_DBFS = -60;

/** A level as a bar of ten cells: `▮▮▮▯▯▯▯▯▯▯` for a tenth of full scale. */
export function levelBar(dbfs: number): string {
  const share = Math.min(1, Math.max(0, (dbfs - FLOOR_DBFS) / -FLOOR_DBFS));
  const lit = Math.round(share * CELLS);
  return '▮'.repeat(lit) + '▯'.repeat(CELLS - lit);
}

/** The same microphone, of whose every 20 ms `onLevel` is told the level in dBFS. */
export function meteredMicrophone(microphone: Microphone, onLevel: (dbfs: number) => void): Microphone {
  return {
    sampleRateHz: microphone.sampleRateHz,
    ended: microphone.ended,
    start: (listener) =>
      microphone.start((samples) => {
        onLevel(levelDbfs(samples));
        listener(samples);
      }),
    close: () => microphone.close(),
  };
}
