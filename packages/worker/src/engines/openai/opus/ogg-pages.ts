import { joinBytes } from '../answer-decoder.ts';

/** One page of an Ogg stream (RFC 3533, section 6). */
export interface OggPage {
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The first packet goes on from the page before. */
  readonly isContinued: boolean;
  /** Position at the end of the last packet that ends here; -1 where none does. */
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
  /** What the page holds, packet by packet. */
  readonly packets: readonly Uint8Array[];
  /** The last of them goes on in the next page. */
  readonly isLastOpen: boolean;
}

const nothing = new Uint8Array(0);
const HEADER_BYTES = 27;
const FULL_SEGMENT = 255;
const CRC_AT = 22;
const CRC_TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = (value << 1) ^ (value < 0 ? 0x04c1_1db7 : 0);
  return value;
});

/** Cuts a stream into pages as it comes. Pages are 65,307 bytes at most, and so is what waits here. */
export class OggPages {
  #rest: Uint8Array = nothing;

  /** Whether nothing waits that is no whole page yet. */
  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  /** The pages that are whole by now. @throws Error for what is no Ogg, or damaged */
  take(bytes: Uint8Array): OggPage[] {
    this.#rest = joinBytes(this.#rest, bytes);
    const pages: OggPage[] = [];
    for (let size = pageBytes(this.#rest); size > 0; size = pageBytes(this.#rest)) {
      pages.push(readPage(this.#rest.subarray(0, size)));
      this.#rest = this.#rest.subarray(size);
    }
    return pages;
  }
}

/** Size of the page at the start; 0 while it is not whole. */
function pageBytes(bytes: Uint8Array): number {
  const start = Buffer.from(bytes.subarray(0, 5)).toString('latin1');
  if (!'OggS\0'.startsWith(start)) throw new Error('there is no page where one should begin');
  if (bytes.length < HEADER_BYTES) return 0;
  const segments = bytes[HEADER_BYTES - 1] ?? 0;
  const head = HEADER_BYTES + segments;
  if (bytes.length < head) return 0;
  const size = bytes.subarray(HEADER_BYTES, head).reduce((sum, length) => sum + length, head);
  return bytes.length < size ? 0 : size;
}

function readPage(page: Uint8Array): OggPage {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  if (view.getUint32(CRC_AT, true) !== checksum(page)) throw new Error('a page is damaged');
  const flags = view.getUint8(5);
  const bodyAt = HEADER_BYTES + view.getUint8(HEADER_BYTES - 1);
  const packets: Uint8Array[] = [];
  let from = bodyAt;
  let to = bodyAt;
  let isLastOpen = false;
  for (const length of page.subarray(HEADER_BYTES, bodyAt)) {
    to += length;
    isLastOpen = length === FULL_SEGMENT;
    if (isLastOpen) continue;
    packets.push(page.subarray(from, to));
    from = to;
  }
  if (isLastOpen) packets.push(page.subarray(from, to));
  return {
    isContinued: (flags & 1) !== 0,
    isFirst: (flags & 2) !== 0,
    isLast: (flags & 4) !== 0,
    granule: Number(view.getBigInt64(6, true)),
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    packets,
    isLastOpen,
  };
}

/** The sum that a page must have, its own field counted as 0. */
function checksum(page: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < page.length; at += 1) {
    const byte = at >= CRC_AT && at < CRC_AT + 4 ? 0 : (page[at] ?? 0);
    sum = (sum << 8) ^ (CRC_TABLE[((sum >>> 24) ^ byte) & 0xff] ?? 0);
  }
  return sum >>> 0;
}
