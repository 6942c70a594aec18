import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CompressedSpeech,
  compressedSpeech,
  originalSpeech,
  startOpenAiSpeechServer,
} from '@parley/testkit';
import * as fc from 'fast-check';
import { collectingSink } from '../../testing/collecting-sink.ts';
import type { AnswerDecoder } from './answer-decoder.ts';
import { bytesToTell, chooseDecoder } from './choose-decoder.ts';
import { createMp3Decoder } from './mp3/mp3-decoder.ts';
import { createOpenAiEngine } from './openai-engine.ts';
import { createOggOpusDecoder } from './opus/ogg-opus-decoder.ts';

interface Case {
  readonly name: CompressedSpeech;
  readonly rateHz: number;
  readonly type: string;
  /** Samples that the encoder added at the start and nothing tells of. */
  readonly late?: number;
  readonly pageMs?: number;
}

const cases: readonly Case[] = [
  { name: 'mono-24k.mp3', rateHz: 24_000, type: 'audio/mpeg' },
  { name: 'streamed-24k.mp3', rateHz: 24_000, type: 'audio/mpeg', late: 1105 },
  { name: 'stereo-44k-vbr.mp3', rateHz: 44_100, type: 'application/octet-stream' },
  { name: 'mono.opus', rateHz: 48_000, type: 'audio/ogg', pageMs: 100 },
  { name: 'stereo-60ms.opus', rateHz: 48_000, type: '', pageMs: 1000 },
];

interface Decoded {
  readonly pcm: Buffer;
  readonly rates: readonly number[];
}

function decode(bytes: Uint8Array, decoder: AnswerDecoder, sizes: readonly number[] = [Infinity]): Decoded {
  const pieces: Uint8Array[] = [];
  const rates = new Set<number>();
  try {
    for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? Infinity;
      const audio = decoder.decode(bytes.subarray(from, from + size));
      from += size;
      if (audio === undefined) continue;
      pieces.push(audio.pcm);
      rates.add(audio.sampleRateHz);
    }
    decoder.end();
  } finally {
    decoder.close();
    decoder.close();
  }
  return { pcm: Buffer.concat(pieces), rates: [...rates] };
}

function decoderFor({ name }: Case): AnswerDecoder {
  return name.endsWith('.mp3') ? createMp3Decoder() : createOggOpusDecoder();
}

/** Signal to noise in dB, and the level against the original's. */
function compare(
  pcm: Buffer,
  original: Buffer,
  late: number,
): { readonly snrDb: number; readonly levelDb: number } {
  let [signal, error, power] = [0, 0, 0];
  for (let at = 0; at < original.length; at += 2) {
    const wanted = original.readInt16LE(at);
    const got = pcm.readInt16LE(at + late * 2);
    signal += wanted ** 2;
    error += (wanted - got) ** 2;
    power += got ** 2;
  }
  return { snrDb: 10 * Math.log10(signal / error), levelDb: 10 * Math.log10(power / signal) };
}

for (const { name, rateHz } of cases.filter((it) => it.type === 'audio/mpeg')) {
  test(`${name} is told by its frames where the server does not name it, and bare PCM never is`, () => {
    const frames = compressedSpeech(name);
    const start = frames.subarray(0, bytesToTell(frames));
    const unnamed = decode(frames, chooseDecoder(start, 'application/octet-stream', 24_000));
    assert.deepEqual(unnamed.rates, [rateHz]);
    const named = decode(frames, chooseDecoder(start, 'audio/pcm', 24_000));
    assert.equal(named.pcm.length, frames.length & ~1);
  });
}

test('samples that look like one frame of MP3 are PCM', () => {
  const pcm = Buffer.alloc(4000, 1);
  Buffer.of(0xff, 0xfb, 0x90, 0x64).copy(pcm);
  assert.ok(bytesToTell(pcm) > 12, 'it does look like one');
  const { rates } = decode(pcm, chooseDecoder(pcm.subarray(0, bytesToTell(pcm)), '', 24_000));
  assert.deepEqual(rates, [24_000]);
});

for (const it of cases) {
  const bytes = compressedSpeech(it.name);

  test(`${it.name} is what it was made from: in length, place and level`, () => {
    const original = originalSpeech(it.rateHz);
    const { pcm, rates } = decode(
      bytes,
      chooseDecoder(bytes.subarray(0, bytesToTell(bytes)), it.type, 24_000),
    );
    assert.deepEqual(rates, [it.rateHz]);
    if (it.late === undefined) assert.equal(pcm.length, original.length);
    else assert.ok(pcm.length >= original.length + it.late * 2);
    const { snrDb, levelDb } = compare(pcm, original, it.late ?? 0);
    assert.ok(snrDb > 22, `${snrDb} dB`);
    // LAME turns low rates down by 0.45 dB.
    assert.ok(Math.abs(levelDb) < 0.5, `${levelDb} dB`);
  });

  test(`${it.name} is the same however it is cut`, () => {
    const { pcm } = decode(bytes, decoderFor(it));
    assert.deepEqual(decode(bytes, decoderFor(it), [1]).pcm, pcm);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 8 }), (sizes) => {
        assert.deepEqual(decode(bytes, decoderFor(it), sizes).pcm, pcm);
      }),
      { numRuns: 15 },
    );
  });

  test(`${it.name} comes while it is received`, () => {
    const decoder = decoderFor(it);
    const half = decoder.decode(bytes.subarray(0, bytes.length / 2));
    const more = decoder.decode(bytes.subarray(bytes.length / 2, bytes.length * 0.9));
    decoder.close();
    const given = (half?.pcm.length ?? 0) + (more?.pcm.length ?? 0);
    // Opus comes in pages, which may be as long as a second.
    assert.ok(given > (it.pageMs === undefined ? 0.8 : 0.75) * originalSpeech(it.rateHz).length, `${given}`);
    if (it.pageMs !== 1000) assert.ok((half?.pcm.length ?? 0) > 0.3 * originalSpeech(it.rateHz).length);
  });

  test(`${it.name} that ends early, or turns into something else, is told`, () => {
    const error = { code: 'ENGINE_FAILED', message: /is broken: / };
    for (const share of [0.1, 0.5, 0.9]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share) + 1);
      assert.throws(() => decode(cut, decoderFor(it)), error, `cut at ${share}`);
    }
    const garbage = Buffer.alloc(3000, 'no audio at all ');
    assert.throws(() => decode(garbage, decoderFor(it)), error);
    const half = bytes.subarray(0, bytes.length / 2);
    assert.throws(() => decode(Buffer.concat([half, garbage]), decoderFor(it)), error);
    assert.throws(() => decode(bytes.subarray(0, 0), decoderFor(it)), error);
  });

  test(`whatever becomes of ${it.name} on the way, it is decoded or refused by code`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        (changes) => {
          const damaged = Buffer.from(bytes);
          for (const [at, value] of changes) damaged[at] = value;
          try {
            decode(damaged, decoderFor(it), [700]);
          } catch (error) {
            assert.equal((error as { code?: unknown }).code, 'ENGINE_FAILED', String(error));
          }
        },
      ),
      { numRuns: 30 },
    );
  });
}

test('an MP3 whose encoder told how many frames there are is missed when one is', () => {
  const bytes = compressedSpeech('mono-24k.mp3');
  // All frames of this file have 192 bytes.
  assert.equal(bytes.length % 192, 0);
  assert.throws(
    () => decode(bytes.subarray(0, bytes.length - 192), createMp3Decoder()),
    /of 52 frames|of \d+ frames/,
  );
});

test('MP3 files one after the other are heard one after the other', () => {
  for (const name of ['mono-24k.mp3', 'stereo-44k-vbr.mp3'] as const) {
    const bytes = compressedSpeech(name);
    const { pcm } = decode(bytes, createMp3Decoder());
    const both = decode(Buffer.concat([bytes, bytes]), createMp3Decoder()).pcm;
    assert.equal(both.length, 2 * pcm.length);
  }
});

test('an MP3 may have names at its end, and a picture at its start', () => {
  const bytes = compressedSpeech('mono-24k.mp3');
  const picture = Buffer.concat([
    Buffer.from('ID3\x04\0\0\0\0\x4e\x10', 'latin1'),
    Buffer.alloc(0x4e * 128 + 0x10),
  ]);
  const names = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125)]);
  const whole = decode(bytes, createMp3Decoder()).pcm;
  assert.deepEqual(decode(Buffer.concat([picture, bytes, names]), createMp3Decoder(), [1000]).pcm, whole);
  assert.throws(() => decode(picture, createMp3Decoder()), /no audio/);
});

test('Opus streams one after the other are refused, after the first was given', () => {
  const bytes = compressedSpeech('mono.opus');
  const decoder = createOggOpusDecoder();
  assert.equal(decoder.decode(bytes)?.pcm.length, originalSpeech(48_000).length);
  assert.throws(() => decoder.decode(bytes), { code: 'ENGINE_FAILED', message: /another stream follows/ });
  decoder.close();
});

test('an Ogg stream without one of its pages, or with a bit turned, is refused', () => {
  const bytes = compressedSpeech('mono.opus');
  const pages = bytes
    .toString('latin1')
    .split('OggS')
    .slice(1)
    .map((page) => Buffer.from(`OggS${page}`, 'latin1'));
  assert.ok(pages.length > 3);
  const without = Buffer.concat(pages.filter((_, index) => index !== pages.length - 2));
  assert.throws(() => decode(without, createOggOpusDecoder()), /page \d+ is missing/);
  assert.throws(() => decode(Buffer.concat(pages.slice(1)), createOggOpusDecoder()), /beginning is missing/);
  const turned = Buffer.from(bytes);
  turned.writeUInt8(turned.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100);
  assert.throws(() => decode(turned, createOggOpusDecoder()), /damaged/);
});

for (const [format, it] of [
  ['mp3', cases[0]],
  ['opus', cases[3]],
] as const) {
  test(`a server that speaks ${format} is heard, and asked for it`, async (t) => {
    assert.ok(it !== undefined);
    const bytes = compressedSpeech(it.name);
    const pieces = [bytes.subarray(0, 5), bytes.subarray(5, 2000), bytes.subarray(2000)];
    const server = await startOpenAiSpeechServer({ speech: { pieces, contentType: it.type } });
    t.after(() => server.close());
    const options = { url: server.url, models: 'm', response_format: format };
    const engine = await createOpenAiEngine({ options });
    t.after(() => engine.close());
    const model = await engine.load('m', new AbortController().signal);
    const sink = collectingSink();
    await model.synthesize({ text: 'Hello.', options: {}, signal: new AbortController().signal }, sink);
    assert.equal(sink.bytes, originalSpeech(it.rateHz).length);
    assert.deepEqual([...sink.rates], [it.rateHz]);
    assert.equal(JSON.stringify(server.requests[0]?.body).includes(`"response_format":"${format}"`), true);
  });
}
