import { Metadata } from '@grpc/grpc-js';
import { PREVIOUS_TEXT_CHARACTERS, PREVIOUS_TEXT_METADATA_KEY } from '@parley/worker-api';
import { FRAME_SAMPLES } from '../../duplex/support/v1-client.ts';
import { TestClient, TestStream } from '../../../packages/worker/src/testing/test-client.ts';

interface Word {
  readonly textOffset: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** A sentence as a worker speaks it. */
interface Sentence {
  readonly text: string;
  readonly loudness: Loudness;
  readonly words: readonly Word[];
  /** The same for the sentence from each of its words but the first one on. */
  readonly rests: readonly Loudness[];
}

/** Root mean square of each frame, the last one filled up with silence. */
type Loudness = readonly number[];

/** Where what was heard goes on with another worker's audio. */
export interface Seam {
  readonly sentence: number;
  /** Frames of the sentence before the seam. */
  readonly frames: number;
  /** The word with which the other worker begins. */
  readonly word: number;
}

const FRAME_MS = 20;
/**
 * The voice puts some chance into every sound, and a sentence may so be half a millisecond shorter or longer:
 * speaking it again makes a difference of up to 0.05, a single frame in the wrong place one of 0.4.
 */
const SAME = 0.15;

/**
 * What a worker of the embedded voice says when nothing disturbs it. Sentences must be spoken as one segment each.
 */
export class SpokenReference {
  readonly #sentences: readonly Sentence[];

  private constructor(sentences: readonly Sentence[]) {
    this.#sentences = sentences;
  }

  /** Asks the worker on this port of 127.0.0.1 to speak. */
  static async ask(port: number, sentences: readonly string[]): Promise<SpokenReference> {
    using client = new TestClient(port);
    await client.start('reference', '', { sample_rate: '48000' });
    const spoken: Sentence[] = [];
    let previousText = '';
    for (const text of sentences) {
      const { loudness, words } = await speak(client, text, previousText);
      const rests: Loudness[] = [];
      for (const { textOffset } of words.slice(1)) {
        const before = previousText + text.slice(0, textOffset);
        rests.push((await speak(client, text.slice(textOffset), before)).loudness);
      }
      spoken.push({ text, loudness, words, rests });
      previousText = text;
    }
    await client.end('reference');
    return new SpokenReference(spoken);
  }

  /**
   * Holds what was heard against the sentences: each once, in order, either as it is undisturbed, or as it is up to
   * some frame and then from the first word on that had not been heard to its end.
   *
   * @returns where it goes on with another worker
   * @throws Error where a word is missing or heard twice
   */
  seamsOf(heard: Int16Array): readonly Seam[] {
    const loudness = loudnessOf(heard.length, (index) => heard[index] ?? 0);
    const seams = this.#seamsFrom(0, loudness);
    if (seams !== undefined) return seams;
    throw new Error(
      `${loudness.length} frames do not speak: ${this.#sentences.map(({ text }) => text).join(' ')}`,
    );
  }

  /** A sentence may end a frame sooner or later, and only the next one tells which. */
  #seamsFrom(index: number, heard: Loudness): readonly Seam[] | undefined {
    const sentence = this.#sentences[index];
    // As sentences may be a little shorter or longer, so may the whole.
    if (sentence === undefined) return heard.length <= 1 ? [] : undefined;
    for (const { frames, seam } of matchesOf(sentence, heard)) {
      const others = this.#seamsFrom(index + 1, heard.slice(frames));
      if (others === undefined) continue;
      return seam === undefined ? others : [{ sentence: index, ...seam }, ...others];
    }
    return undefined;
  }
}

interface Match {
  readonly difference: number;
  readonly frames: number;
  readonly seam?: Omit<Seam, 'sentence'>;
}

/** All that the beginning of what was heard may be, the best first. */
function matchesOf({ loudness, words, rests }: Sentence, heard: Loudness): readonly Match[] {
  const matches: Match[] = [];
  const look = (spoken: Loudness, seam?: Omit<Seam, 'sentence'>): void => {
    for (const frames of [spoken.length - 1, spoken.length, spoken.length + 1]) {
      const difference = differenceOf(heard.slice(0, frames), spoken);
      if (difference < SAME) matches.push({ difference, frames, ...(seam !== undefined && { seam }) });
    }
  };
  look(loudness);
  for (let frames = 1; frames < loudness.length; frames += 1) {
    // What is heard twice is a part of one word at most: of the first one that had not ended before the seam.
    const word = words.findIndex(({ endMs }) => endMs > frames * FRAME_MS);
    const rest = rests[word - 1];
    if (rest !== undefined) look([...loudness.slice(0, frames), ...rest], { frames, word });
  }
  return matches.toSorted((a, b) => a.difference - b.difference);
}

/** 0 for the same, about 1 for speech that has nothing to do with each other. */
function differenceOf(heard: Loudness, spoken: Loudness): number {
  let difference = 0;
  let sum = 0;
  for (let frame = 0; frame < Math.max(heard.length, spoken.length); frame += 1) {
    difference += Math.abs((heard[frame] ?? 0) - (spoken[frame] ?? 0));
    sum += spoken[frame] ?? 0;
  }
  return difference / sum;
}

function loudnessOf(samples: number, sampleAt: (index: number) => number): Loudness {
  return Array.from({ length: Math.ceil(samples / FRAME_SAMPLES) }, (_, frame) => {
    let sum = 0;
    const from = frame * FRAME_SAMPLES;
    for (let index = from; index < Math.min(from + FRAME_SAMPLES, samples); index += 1) {
      sum += sampleAt(index) ** 2;
    }
    return Math.sqrt(sum / FRAME_SAMPLES);
  });
}

async function speak(
  client: TestClient,
  text: string,
  previousText: string,
): Promise<{ readonly loudness: Loudness; readonly words: readonly Word[] }> {
  const metadata = new Metadata();
  metadata.set(PREVIOUS_TEXT_METADATA_KEY, encodeURIComponent(previousText.slice(-PREVIOUS_TEXT_CHARACTERS)));
  const stream = new TestStream(client.raw.synthesize(metadata));
  stream.send({ sessionId: 'reference', text, sequenceNumber: 1, isFinal: true });
  await stream.ended;
  const { frames } = stream;
  const bytes = Buffer.concat(frames.map(({ audioData }) => audioData));
  const loudness = loudnessOf(bytes.length / 2, (index) => bytes.readInt16LE(index * 2));
  return { loudness, words: frames.flatMap(({ marks }) => marks) };
}
