/** Bytes of one frame: 20 ms of s16le mono at 48 kHz. */
export const frameBytes = 1920;
/** Samples of one frame. */
export const frameSamples = 960;

const encodedFrameBytes = (frameBytes / 3) * 4;
const quote = 0x22;
const zero = 0x30;
const nine = 0x39;

/** Where the two varying parts of an audio message lie; learned from the first one that was parsed. */
interface Layout {
  readonly pcmFirst: boolean;
  /** Bytes before the first varying part. */
  readonly head: Buffer;
  /** Number of bytes between the two. */
  readonly betweenLength: number;
}

/**
 * Reads the sequence number and the edge samples of base-dialect audio messages without parsing JSON,
 * which at 50,000 messages a second would make the load generator the slowest part of the benchmark.
 * Whatever does not look like the first audio message it was taught is left to the caller to parse.
 */
export class AudioMessageReader {
  #layout: Layout | undefined;
  #pcmStart = 0;

  /** Learns the layout of a server's audio messages from one of them and its parsed form. */
  learn(data: Buffer, message: { readonly pcm: string }): void {
    const text = data.toString('latin1');
    const pcmStart = text.indexOf(`"${message.pcm}"`) + 1;
    const sequence = /"sequence"\s*:\s*(\d+)/.exec(text);
    if (pcmStart === 0 || sequence?.[1] === undefined || message.pcm.length !== encodedFrameBytes) return;
    const sequenceStart = sequence.index + sequence[0].length - sequence[1].length;
    const pcmFirst = pcmStart < sequenceStart;
    this.#layout = pcmFirst
      ? {
          pcmFirst,
          head: Buffer.from(data.subarray(0, pcmStart)),
          betweenLength: sequenceStart - pcmStart - encodedFrameBytes,
        }
      : {
          pcmFirst,
          head: Buffer.from(data.subarray(0, sequenceStart)),
          betweenLength: pcmStart - sequenceStart - sequence[1].length,
        };
  }

  /** Sequence number of an audio message with a whole frame; 0 when `data` must be parsed to know. */
  read(data: Buffer): number {
    const layout = this.#layout;
    if (layout === undefined || !startsWith(data, layout.head)) return 0;
    let at = layout.head.length;
    if (layout.pcmFirst) {
      this.#pcmStart = at;
      at += encodedFrameBytes;
      if (data[at] !== quote) return 0;
      return this.#digitsAt(data, at + layout.betweenLength);
    }
    const sequence = this.#digitsAt(data, at);
    while (isDigit(data[at])) at += 1;
    this.#pcmStart = at + layout.betweenLength;
    if (data[this.#pcmStart - 1] !== quote || data[this.#pcmStart + encodedFrameBytes] !== quote) return 0;
    return sequence;
  }

  /** First sample of the frame that {@link read} found last, as u16. */
  firstSample(data: Buffer): number {
    const [a, b, c] = [
      sixBits(data, this.#pcmStart),
      sixBits(data, this.#pcmStart + 1),
      sixBits(data, this.#pcmStart + 2),
    ];
    return (a << 2) | (b >> 4) | ((((b & 15) << 4) | (c >> 2)) << 8);
  }

  /** Last sample of the frame that {@link read} found last, as u16. */
  lastSample(data: Buffer): number {
    const end = this.#pcmStart + encodedFrameBytes;
    const [b, c, d] = [sixBits(data, end - 3), sixBits(data, end - 2), sixBits(data, end - 1)];
    return ((b & 15) << 4) | (c >> 2) | ((((c & 3) << 6) | d) << 8);
  }

  /** The whole frame that {@link read} found last, decoded. */
  pcm(data: Buffer): Buffer {
    return Buffer.from(data.toString('latin1', this.#pcmStart, this.#pcmStart + encodedFrameBytes), 'base64');
  }

  #digitsAt(data: Buffer, start: number): number {
    let value = 0;
    for (let at = start; ; at += 1) {
      const byte = data[at] ?? 0;
      if (byte < zero || byte > nine) return value;
      value = value * 10 + (byte - zero);
    }
  }
}

function startsWith(data: Buffer, head: Buffer): boolean {
  for (let at = 0; at < head.length; at += 1) if (data[at] !== head[at]) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const sixBitsOf = new Uint8Array(256);
for (let value = 0; value < 64; value += 1) sixBitsOf[alphabet.charCodeAt(value)] = value;

function sixBits(data: Buffer, at: number): number {
  return sixBitsOf[data[at] ?? 0] ?? 0;
}
