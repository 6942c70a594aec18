import { readFileSync } from 'node:fs';
import { parseWav } from '@parley/audio';

/** A recording that the model for tests reads without error. */
export interface AsrExample {
  /** Name of its file, such as `example-02.wav`. */
  readonly name: string;
  /** Path of its WAV file. */
  readonly url: URL;
  /** What is said, lower case without punctuation. */
  readonly transcript: string;
  /** s16 samples at 16 kHz, mono; a copy of the caller's own. */
  readonly samples: Int16Array;
}

const files = new URL('files/', import.meta.url);

/** The twelve recordings that come with the model for tests. */
export function asrExamples(): readonly AsrExample[] {
  const [, ...rows] = readFileSync(new URL('examples.tsv', files), 'utf8').trim().split('\n');
  return rows.map((row) => {
    const [name = '', transcript = ''] = row.split('\t');
    const url = new URL(name, files);
    const { pcm } = parseWav(readFileSync(url));
    return { name, url, transcript, samples: new Int16Array(pcm.slice().buffer) };
  });
}
