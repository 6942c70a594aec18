import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { DEFAULT_SEGMENT_LIMITS } from './segment-limits.ts';
import { segmentText, type SegmentTextOptions } from './segmenter.ts';

const APART = { ...DEFAULT_SEGMENT_LIMITS, mergeBelow: 0 };

type Settings = Pick<SegmentTextOptions, 'locale' | 'limits'>;

function segmentsOf(text: string, settings: Settings = {}): readonly string[] {
  const { segments, rest } = segmentText({ buffer: text, isFinal: true, isFirstSegment: true, ...settings });
  assert.equal(rest, '');
  return segments;
}

/** Feeds chunks as a stream does, and the end of the stream with the last one. */
function streamedSegments(chunks: readonly string[], settings: Settings = {}): readonly string[] {
  const segments: string[] = [];
  let buffer = '';
  for (const [i, chunk] of chunks.entries()) {
    const result = segmentText({
      buffer: buffer + chunk,
      isFinal: i === chunks.length - 1,
      isFirstSegment: segments.length === 0,
      ...settings,
    });
    segments.push(...result.segments);
    buffer = result.rest;
  }
  assert.equal(buffer, '');
  return segments;
}

function chunksOf(text: string, sizes: readonly number[]): readonly string[] {
  const chunks: string[] = [];
  for (let i = 0, start = 0; start < text.length; i += 1) {
    const end = start + (sizes[i % sizes.length] ?? 1);
    chunks.push(text.slice(start, end));
    start = end;
  }
  return chunks.length === 0 ? [''] : chunks;
}

/** Sentences as they are to be cut; white space at the edges is left out of the comparison. */
const SENTENCES: readonly (readonly [locale: string, sentences: readonly string[]])[] = [
  ['en', ['Dr. Smith met Mrs. Jones vs. Mr. Lee.', 'They paid 3.14 dollars.', 'Really?', 'Yes!', 'Good']],
  [
    'en',
    [
      'He lives in the U.S. with J. R. R. Tolkien.',
      'See e.g. Fig. 5 and No. 5.',
      'I said no.',
      'Then I left.',
    ],
  ],
  [
    'en',
    [
      'Open https://a.example/b.c?d=1!e now.',
      'We meet at 10.30 or at 5 p.m. today.',
      'Wait...',
      'What?!',
      'OK',
    ],
  ],
  [
    'en',
    [
      'Well... maybe.',
      '"Stop!"',
      'He said "No."',
      '(It was late.)',
      '**Note.**',
      'Plan A',
      'was so do I.',
      'End',
    ],
  ],
  [
    'en',
    ['It begins at 5 p.m.', 'She left.', 'First line', '1. One', '2. Two', 'Version 2.0.1 is out.', 'Ok'],
  ],
  ['en', ['He said “I saw the Dr.”', 'Then he left (at 5 p.m. etc.)', 'Dr. No came.', 'So']],
  [
    'de',
    ['Das gilt z. B. am 3. Mai bzw. für Hrn. Dr. Müller.', 'Das sind 2.500 Euro.', 'Ja?', 'Nr. 5 lebt.'],
  ],
  ['fr', ['Bonjour M. Dupont !', 'Ça va ?', 'Voir p. 12, s.v.p. monsieur.', '« Oui\u00a0!\u00a0»', 'Bien']],
  ['es', ['¿Qué tal?', '¡Muy bien!', 'La Sra. García vive en la Av. Sol.', 'Adiós.']],
  ['zh', ['你好。', '今天3.5度！', '你去吗？！', '“好的。”', '他说。', '再见']],
  ['ja', ['こんにちは。', '元気ですか？', '「行こう。」', 'と言った']],
  ['ar', ['مرحبا.', 'كيف حالك؟', 'أنا بخير.']],
  ['hi', ['नमस्ते।', 'आप कैसे हैं?', 'ठीक।']],
];

describe('segments', () => {
  for (const [locale, sentences] of SENTENCES) {
    test(`sentences in ${locale} end where a reader would pause: ${sentences[0]}`, () => {
      const isSpaceless = locale === 'zh' || locale === 'ja';
      const text = sentences
        .map((sentence) => sentence + (isSpaceless ? '' : /[.!?؟।"”»*)]$/.test(sentence) ? ' ' : '\n'))
        .join('');
      const trimmed = segmentsOf(text, { locale, limits: APART }).map((segment) => segment.trim());
      assert.deepEqual(
        trimmed.filter((segment) => segment !== ''),
        sentences,
      );
    });
  }

  test('a full stop at the end of the buffer waits for what follows', () => {
    const pending = { isFinal: false, isFirstSegment: true };
    assert.deepEqual(segmentText({ buffer: 'Pi is 3.', ...pending }).segments, []);
    assert.deepEqual(segmentText({ buffer: 'Pi is 3. ', ...pending }).segments, []);
    assert.deepEqual(segmentText({ buffer: 'Pi is 3.14 or so', ...pending }).segments, []);
    assert.deepEqual(segmentText({ buffer: 'It is late. G', ...pending }), {
      segments: ['It is late.'],
      rest: ' G',
    });
  });

  test('a strong end goes as soon as white space follows, and a line break at once', () => {
    const pending = { isFinal: false, isFirstSegment: true };
    assert.deepEqual(segmentText({ buffer: 'Hello!', ...pending }).segments, []);
    assert.deepEqual(segmentText({ buffer: 'Hello! ', ...pending }), { segments: ['Hello!'], rest: ' ' });
    assert.deepEqual(segmentText({ buffer: 'Hello\n', ...pending }), { segments: ['Hello\n'], rest: '' });
  });

  test('an end with nothing to say before it ends nothing', () => {
    assert.deepEqual(segmentsOf('\n\n... ! \nHello. You', { limits: APART }), ['\n\n... ! \nHello.', ' You']);
  });

  test('the first segment may end at a clause, when its sentence is long', () => {
    const text = 'This first sentence is rather long, and it has clauses, several of them, before its end.';
    const streamed = segmentText({ buffer: text, isFinal: false, isFirstSegment: true });
    assert.deepEqual(streamed.segments, ['This first sentence is rather long, and it has clauses,']);
    assert.deepEqual(segmentText({ buffer: text, isFinal: false, isFirstSegment: false }).segments, []);
    const dashed = 'This first sentence goes on – and on and on and on and on and on – to its end.';
    assert.equal(segmentsOf(dashed)[0], 'This first sentence goes on –');
    const chinese = '今天天气很好所以我想，我们可以一起去公园玩，然后吃饭吧。';
    assert.equal(segmentsOf(chinese)[0], '今天天气很好所以我想，');
  });

  test('a clause too near the beginning is no first segment', () => {
    const text = `Well, ${'this goes on and on '.repeat(6)}to the end.`;
    assert.deepEqual(segmentsOf(text), [text]);
  });

  test('short sentences after the first are joined, but not beyond their limit', () => {
    const text = 'One. Two two. Three three. Four four four four. Five.';
    assert.deepEqual(segmentsOf(text), ['One.', ' Two two. Three three. Four four four four.', ' Five.']);
    const long = `One. Two. ${'Long '.repeat(30)}end. Last.`;
    assert.deepEqual(segmentsOf(long), ['One.', ' Two.', ` ${'Long '.repeat(30)}end.`, ' Last.']);
  });

  test('text of small letters only is cut at its full stops, as at clauses', () => {
    const text = 'nobody here ever writes a capital. and they all go on like this. for ever. '.repeat(8);
    const segments = segmentsOf(text);
    assert.equal(segments[0], 'nobody here ever writes a capital.');
    assert.ok(segments.length > 2 && segments.slice(0, -1).every((segment) => segment.endsWith('.')));
  });

  test('half a surrogate pair decides nothing', () => {
    const text = 'It is late. 𝐚nd so on. 𝐀nd on';
    const settings = { limits: APART };
    assert.deepEqual(streamedSegments(chunksOf(text, [1]), settings), segmentsOf(text, settings));
  });

  test('a line break of two characters is not torn where a cut is forced', () => {
    const segments = segmentsOf(`${'x'.repeat(20)}\r\n${'y'.repeat(20)}`, {
      limits: { ...DEFAULT_SEGMENT_LIMITS, max: 21 },
    });
    assert.ok(segments.every((segment) => !segment.startsWith('\n') && !segment.endsWith('\r')));
  });

  test('a flush makes a segment of what is there, but tears no surrogate pair', () => {
    const flushed = segmentText({
      buffer: 'so 3. \ud83d',
      isFinal: false,
      flush: true,
      isFirstSegment: false,
    });
    assert.deepEqual(flushed, { segments: ['so 3. '], rest: '\ud83d' });
    assert.deepEqual(
      segmentText({ buffer: '', isFinal: false, flush: true, isFirstSegment: true }).segments,
      [],
    );
  });

  test('text without ends is cut at clauses, else at spaces, else between graphemes', () => {
    const clauses = segmentsOf('this goes on and on, '.repeat(40));
    assert.ok(clauses.slice(0, -1).every((segment) => segment.endsWith(',')));
    const words = segmentsOf('word '.repeat(200));
    assert.ok(words.slice(0, -1).every((segment) => segment.endsWith('word') && segment.length <= 300));
    assert.deepEqual(
      segmentsOf('x'.repeat(10_000)).map((segment) => segment.length),
      [...Array<number>(33).fill(300), 100],
    );
    const families = segmentsOf('👨‍👩‍👧'.repeat(200));
    assert.ok(families.length > 1 && families.every((segment) => /^(?:👨‍👩‍👧)+$/u.test(segment)));
  });

  test('Chinese without punctuation is cut between words', () => {
    const segments = segmentsOf('我们去公园'.repeat(40), { locale: 'zh' });
    assert.ok(segments.length > 1);
    for (const segment of segments) assert.match(segment, /^(?:我们|去|公园)/u);
    for (const segment of segments) assert.ok(segment.length <= 100);
  });

  test('a grapheme without end still does not grow for ever', () => {
    const segments = segmentsOf(`a${'\u0301'.repeat(10_000)}`);
    assert.ok(segments.every((segment) => segment.length <= 300));
  });

  test('a locale that is none does no harm', () => {
    for (const locale of ['', 'x', '*', 'klingon', 'zz-ZZ', '\u0000']) {
      assert.deepEqual(segmentsOf('Hi there. You', { locale }), ['Hi there.', ' You']);
      assert.equal(segmentsOf('x'.repeat(301), { locale }).length, 2);
    }
  });
});

const NASTY: readonly string[] = [
  '   ',
  '\n',
  '...',
  '?!?!',
  '😀',
  '👩🏽‍🚀🇩🇪1️⃣',
  '\ud800',
  '\udc00x',
  'שלום. מה נשמע? טוב.',
  'Mixed текст 中文。 עברית! العربية؟ ',
  'x'.repeat(700),
  '3.14. 2.71. 1. 2. a. b. ',
  'e\u0301. \u0301! \u0301。\u0301',
  '\r\nA.\r\nB!\r\n\r\nC\r',
  '\u2028A\u2029B\u00a0C.\u00a0D\u3000E',
  '「。」『！』（？）',
];

const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom('. ', '! ', '? ', '\n', ', ', ' - ', '。', '，', '.', '"', ')', '* '),
      },
      {
        weight: 3,
        arbitrary: fc.constantFrom('Dr', 'no', 'U.S', 'Then', 'word ', '5', '你好', 'ありがとう'),
      },
      fc.constantFrom(...NASTY),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

const anyLocale = fc.constantFrom('en', 'de-DE', 'zh', 'ja', 'th', 'ar');
const anySizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

describe('segmentation of any text', () => {
  test('however it is chunked, the segments are the same, and together they are the text', () => {
    fc.assert(
      fc.property(anyText, anyLocale, anySizes, fc.boolean(), (text, locale, sizes, isApart) => {
        const settings = isApart ? { locale, limits: APART } : { locale };
        const whole = segmentsOf(text, settings);
        assert.equal(whole.join(''), text);
        assert.ok(whole.every((segment) => segment !== ''));
        assert.deepEqual(streamedSegments(chunksOf(text, sizes), settings), whole);
        assert.deepEqual(streamedSegments(chunksOf(text, [1]), settings), whole);
      }),
      { numRuns: 200 },
    );
  });

  test('no segment is longer than the limit, and no grapheme is torn', () => {
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    fc.assert(
      fc.property(anyText, fc.integer({ min: 20, max: 80 }), (text, max) => {
        const limits = { ...DEFAULT_SEGMENT_LIMITS, max, mergeUpTo: max };
        const segments = segmentsOf(text, { limits });
        const starts = new Set(Array.from(graphemes.segment(text), ({ index }) => index));
        let position = 0;
        for (const segment of segments) {
          assert.ok(starts.has(position), `torn at ${position}`);
          assert.ok(segment.length <= max + 1, `${segment.length} characters`);
          position += segment.length;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a stream flushed at any moment loses and repeats nothing', () => {
    fc.assert(
      fc.property(anyText, anySizes, (text, sizes) => {
        let buffer = '';
        let said = '';
        for (const [i, chunk] of chunksOf(text, sizes).entries()) {
          const result = segmentText({
            buffer: buffer + chunk,
            isFinal: false,
            isFirstSegment: said === '',
            flush: i % 3 === 2,
          });
          said += result.segments.join('');
          buffer = result.rest;
        }
        assert.equal(said + buffer, text);
      }),
    );
  });
});
