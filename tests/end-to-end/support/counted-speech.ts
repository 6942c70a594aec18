import { countedSample } from '@parley/worker';

/** Samples of one character where the tone engine speaks a frame for each: `ms_per_char: 20`. */
const SAMPLES_PER_CHARACTER = 960;

/** Configuration of an embedded worker that speaks one frame for every character, in counted samples. */
export const FRAME_PER_CHARACTER: string = toneWorker({ ms_per_char: 20 });

/** YAML of an embedded tone worker with these options; `server` is put before it. */
export function toneWorker(options: Readonly<Record<string, string | number>>, server: string = ''): string {
  const lines = Object.entries(options).map(([name, value]) => `      ${name}: ${value}`);
  return [server, 'workers:', '  embedded:', '    options:', ...lines, ''].join('\n');
}

/** What counted samples turned out to speak. */
export interface CountedSpeech {
  /** The segments, whole ones, and at the end perhaps the part that was heard of one. */
  readonly segments: readonly string[];
  /** What of the text was not heard, in the middle of a segment perhaps; without white space at its start. */
  readonly rest: string;
}

/**
 * Reads counted samples, one frame a character, back into the text they speak. It knows nothing of how texts
 * are cut: each run of rising samples must be a piece of the text, counted from its own start, and the next
 * run the piece right behind it.
 *
 * @throws Error at the first sample that is lost, repeated, or out of its place
 */
export function readCounted(samples: Int16Array, text: string): CountedSpeech {
  const segments: string[] = [];
  let rest = text;
  for (let start = 0; start < samples.length;) {
    const end = endOfRun(samples, start);
    const found = findSegments(samples[start] ?? 0, end - start, end === samples.length, rest);
    if (found === undefined) {
      throw new Error(
        `Samples ${start} to ${end} do not speak the start of ${JSON.stringify(rest.slice(0, 80))}`,
      );
    }
    segments.push(found.heard);
    ({ rest } = found);
    start += found.heard.length * SAMPLES_PER_CHARACTER;
  }
  return { segments, rest: rest.trimStart() };
}

/**
 * Checks that the samples speak the texts, one after the other, each to its end: nothing lost, repeated or
 * swapped, no silence put in.
 *
 * @throws Error at the first sample that is not right, or with what was not spoken
 */
export function assertSpoken(samples: Int16Array, ...texts: readonly string[]): CountedSpeech {
  const speech = readCounted(samples, texts.join(''));
  if (speech.rest !== '') throw new Error(`This was not spoken: ${JSON.stringify(speech.rest)}`);
  return speech;
}

function endOfRun(samples: Int16Array, start: number): number {
  for (let index = start + 1; index < samples.length; index += 1) {
    if ((((samples[index - 1] ?? 0) + 1) << 16) >> 16 !== samples[index]) return index;
  }
  return samples.length;
}

/**
 * Finds the piece of the text that the run begins with. Nearly always that is all of it; but by chance, one time in
 * a thousand, the count of a segment goes on where that of the one before it ended.
 */
function findSegments(first: number, length: number, isLast: boolean, rest: string): Found | undefined {
  const whole = length / SAMPLES_PER_CHARACTER;
  for (let characters = whole; characters >= 1; characters -= 1) {
    const run = { first, characters, isLast: isLast && characters === whole };
    // White space between two segments may be part of the second or of none.
    const found = findSegment(run, rest) ?? findSegment(run, rest.trimStart());
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Found {
  readonly heard: string;
  readonly rest: string;
}

interface Run {
  readonly first: number;
  readonly characters: number;
  /** Then it may be the beginning of a segment only. */
  readonly isLast: boolean;
}

/** Finds the piece at the start of `rest` whose count begins as the run does. */
function findSegment({ first, characters, isLast }: Run, rest: string): Found | undefined {
  if (!Number.isInteger(characters)) return undefined;
  for (let length = characters; length <= (isLast ? rest.length : characters); length += 1) {
    if (countedSample(rest.slice(0, length), 0) === first && length <= rest.length) {
      return { heard: rest.slice(0, characters), rest: rest.slice(characters) };
    }
  }
  return undefined;
}
