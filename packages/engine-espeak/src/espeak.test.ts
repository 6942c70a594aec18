import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { createEspeak, type Espeak, type EspeakRequest } from './espeak.ts';
import { espeakVariants, espeakVoices } from './espeak-voice.ts';
import type { EspeakMark } from './word-marks.ts';

interface Speech {
  readonly audio: Int16Array;
  readonly seconds: number;
  readonly marks: EspeakMark[];
}

async function speak(espeak: Espeak, text: string, options: Partial<EspeakRequest> = {}): Promise<Speech> {
  const pieces: Buffer[] = [];
  const marks: EspeakMark[] = [];
  await espeak.synthesize(
    { text, voiceId: 'espeak-en-us', ...options },
    {
      audio: (pcm) => pieces.push(Buffer.from(pcm)) > 0,
      mark: (mark) => marks.push(mark),
      ready: () => Promise.resolve(),
    },
  );
  const bytes = new Uint8Array(Buffer.concat(pieces));
  const audio = new Int16Array(bytes.buffer);
  return { audio, seconds: audio.length / (options.sampleRateHz ?? 48_000), marks };
}

function loudness(audio: Int16Array): number {
  return Math.sqrt(audio.reduce((sum, sample) => sum + sample * sample, 0) / audio.length);
}

const words = (marks: readonly EspeakMark[]): string[] => marks.map((mark) => mark.word);

describe('the embedded voice', () => {
  const espeak = createEspeak({ threads: 2 });
  after(() => espeak.close());

  test('makes audible speech of a sensible length', async () => {
    const { audio, seconds } = await speak(espeak, 'Hello world, this is a test.');
    assert.ok(seconds > 1 && seconds < 4, `${seconds} s`);
    assert.ok(loudness(audio) > 500, `${loudness(audio)}`);
  });

  test('speaks slower and faster as told', async () => {
    const text = 'The quick brown fox jumps over the lazy dog';
    const [slow, normal, fast] = [0.5, 1, 2].map(
      async (speed) => (await speak(espeak, text, { speed })).seconds,
    );
    assert.ok(((await slow) ?? 0) > ((await normal) ?? 0) * 1.4);
    assert.ok(((await fast) ?? 0) < ((await normal) ?? 0) * 0.7);
  });

  test('lasts as long at any sample rate', async () => {
    const at48 = await speak(espeak, 'Hello world.');
    const at8 = await speak(espeak, 'Hello world.', { sampleRateHz: 8000 });
    // espeak varies by some milliseconds from call to call.
    assert.ok(Math.abs(at48.seconds - at8.seconds) < 0.05);
    assert.ok(loudness(at8.audio) > 500);
  });

  test('every voice and every timbre speaks', async () => {
    for (const { id } of espeakVoices) {
      const { audio } = await speak(espeak, '1 2 3', { voiceId: id });
      assert.ok(loudness(audio) > 300, id);
    }
    const lengths = new Set<number>();
    for (const variant of espeakVariants) {
      const { audio } = await speak(espeak, 'Hello', { variant });
      assert.ok(loudness(audio) > 300, variant);
      lengths.add(audio.length);
    }
    assert.ok(lengths.size > 6, 'timbres differ');
  });

  test('what was said before is followed by the pause that belongs there', async () => {
    const alone = await speak(espeak, 'How are you?');
    const after = await speak(espeak, 'How are you?', { previousText: 'Hello there.' });
    const pause = after.audio.subarray(0, 0.3 * 48_000);
    assert.ok(pause.every((sample) => sample === 0));
    // espeak varies by some milliseconds from call to call.
    assert.ok(Math.abs(after.seconds - alone.seconds - 0.3) < 0.05);
    assert.ok(Math.abs((after.marks[0]?.startMs ?? 0) - (alone.marks[0]?.startMs ?? 0) - 300) < 50);
    const inMidSentence = await speak(espeak, 'How are you?', { previousText: 'Tell me' });
    assert.ok(inMidSentence.audio.subarray(0, 0.1 * 48_000).some((sample) => sample !== 0));
  });

  test('a text spoken in parts pauses between them as within them', async () => {
    const { marks } = await speak(espeak, 'The quick brown fox jumps over the lazy dog. '.repeat(12));
    const pausesMs = marks.flatMap(({ startMs, word }, index) =>
      index > 0 && word === 'The' ? [startMs - (marks[index - 1]?.endMs ?? 0)] : [],
    );
    assert.equal(pausesMs.length, 11);
    for (const ms of pausesMs) assert.ok(ms > 200 && ms < 450, `${ms} ms`);
  });

  test('marks tell when each word is spoken and where it stands in the text', async () => {
    const texts: [string, string, string[]][] = [
      ['espeak-en-us', 'Hello wide world.', ['Hello', 'wide', 'world.']],
      ['espeak-de', 'Grüße aus Köln 😀 mit Äpfeln.', ['Grüße', 'aus', 'Köln', '😀', 'mit', 'Äpfeln.']],
      ['espeak-zh', '我们去 then go.', ['我', '们', '去', 'then', 'go.']],
      ['espeak-en-us', '<b>one</b> & two', []],
      ['espeak-fr', "L'été, c'est beau.", ["L'été,", "c'est", 'beau.']],
    ];
    for (const [voiceId, text, expected] of texts) {
      const { marks, seconds } = await speak(espeak, text, { voiceId });
      assert.equal(
        words(marks).join(' ').replaceAll(' ', ''),
        text.replaceAll(' ', ''),
        'marks cover the text',
      );
      if (expected.length > 0) assert.deepEqual(words(marks), expected);
      checkMarks(marks, text, seconds);
    }
  });

  test('marks of a long text go on from part to part', async () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(25);
    const { marks, seconds } = await speak(espeak, text);
    assert.equal(marks.length, 25 * 9);
    checkMarks(marks, text, seconds);
    assert.equal(words(marks).join(' '), text.trim());
  });

  test('text is text: no markup, phoneme code or control character is obeyed', async () => {
    const plain = await speak(espeak, 'go');
    for (const text of ['go <break time="9s"/>', 'go [[h@l@U]]', 'go &#x41;', 'go \u0001\u0019 \u001b[31m']) {
      const { seconds } = await speak(espeak, text);
      assert.ok(seconds > plain.seconds && seconds < 9, `${text} lasts ${seconds} s`);
    }
    const shouted = await speak(espeak, '<prosody volume="silent">hello</prosody>');
    assert.ok(loudness(shouted.audio) > 500);
  });

  test('nothing of a text is dropped, however much there is to say for it', async () => {
    const texts: [string, string, string][] = [
      ['espeak-en-us', 'x', ''],
      ['espeak-en-us', '9', ''],
      ['espeak-en-us', 'شس', ' '],
      ['espeak-en-us', '😀', ' '],
      ['espeak-zh', '你好', ''],
      ['espeak-ko', '안녕하세요', ' '],
      ['espeak-ru', 'привет', ' '],
    ];
    for (const [voiceId, unit, space] of texts) {
      const speeches = [40, 120].map((count) =>
        speak(espeak, (unit + space).repeat(count), { voiceId, speed: 4, sampleRateHz: 8000 }),
      );
      const [some, many] = await Promise.all(speeches);
      const ratio = (many?.seconds ?? 0) / (some?.seconds ?? 1);
      assert.ok(ratio > 2.6, `3 times as much of ${unit} lasts ${ratio} times as long`);
    }
  });

  test('no text breaks it', async () => {
    for (const text of [
      '',
      ' ',
      '...',
      '\ud800',
      '\udc00\ud800',
      '\u0000',
      '👨‍👩‍👧‍👦',
      '\u202emirror',
      'x'.repeat(300),
      '%'.repeat(300),
    ]) {
      await speak(espeak, text);
    }
    assert.ok((await speak(espeak, 'still here')).audio.length > 0);
  });

  test('the pause after a sentence belongs to no word', async () => {
    const { marks } = await speak(espeak, 'Banana. Elephant. Umbrella.');
    const [banana, elephant, umbrella] = marks;
    assert.ok(banana && elephant && umbrella);
    const pauses = [elephant.startMs - banana.endMs, umbrella.startMs - elephant.endMs];
    // espeak makes a pause of about 300 ms of it.
    assert.ok(Math.min(...pauses) > 150, `pauses of ${String(pauses)} ms`);
  });

  test('texts spoken at once do not mix', async () => {
    const alone = await Promise.all(['One two three.', 'Un deux trois.'].map((text) => speak(espeak, text)));
    const together = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        speak(espeak, ['One two three.', 'Un deux trois.'][index % 2] ?? ''),
      ),
    );
    for (const [index, speech] of together.entries()) {
      const expected = alone[index % 2];
      assert.deepEqual(words(speech.marks), words(expected?.marks ?? []));
      assert.ok(Math.abs(speech.seconds - (expected?.seconds ?? 0)) < 0.05);
    }
  });

  test('what cannot be had is refused with what there is', async () => {
    await assert.rejects(speak(espeak, 'x', { voiceId: 'espeak-xx' }), { code: 'BAD_REQUEST' });
    await assert.rejects(speak(espeak, 'x', { variant: 'm99' }), { code: 'BAD_REQUEST', message: /m1, m2/ });
    await assert.rejects(speak(espeak, 'x', { speed: 9 }), { code: 'BAD_REQUEST' });
    await assert.rejects(speak(espeak, 'x', { speed: Number.NaN }), { code: 'BAD_REQUEST' });
    await assert.rejects(speak(espeak, 'x', { sampleRateHz: 1 }), { code: 'BAD_REQUEST' });
  });
});

function checkMarks(marks: readonly EspeakMark[], text: string, seconds: number): void {
  for (const [index, mark] of marks.entries()) {
    const before = marks[index - 1];
    assert.equal(text.slice(mark.textOffset, mark.textOffset + mark.word.length), mark.word);
    assert.ok(mark.endMs >= mark.startMs);
    assert.ok(before === undefined || mark.startMs >= before.startMs);
    assert.ok(before === undefined || mark.textOffset > before.textOffset);
  }
  assert.equal(marks[0]?.startMs, 0);
  const lastMs = marks.at(-1)?.endMs ?? 0;
  assert.ok(lastMs > seconds * 500 && lastMs <= seconds * 1000 + 1, 'the last word ends with its sound');
}
