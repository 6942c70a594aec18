import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, suite, test } from 'node:test';
import { bytesFromSamples, levelDbfs } from '@parley/audio';
import { createRandom } from './random.ts';
import { createTurnCorpus } from './turn-corpus.ts';
import type { TurnClip } from './turn-clip.ts';

function hashOf(clips: readonly TurnClip[]): string {
  const hash = createHash('sha256');
  for (const { samples, ...facts } of clips) {
    hash.update(JSON.stringify(facts)).update(bytesFromSamples(samples));
  }
  return hash.digest('hex');
}

/** Level of a part of a clip, in dBFS. */
function part(clip: TurnClip, fromMs: number, toMs: number): number {
  return levelDbfs(clip.samples.subarray(fromMs * 16, toMs * 16));
}

suite('the turn-taking corpus', () => {
  let clips: TurnClip[];
  before(async () => {
    clips = await createTurnCorpus({ speakers: 1 });
  });

  const named = (name: string): TurnClip => {
    const clip = clips.find((candidate) => candidate.name === name);
    assert.ok(clip !== undefined, `there is no clip ${name}`);
    return clip;
  };

  test('is the same each time it is made', async () => {
    const again = await createTurnCorpus({ speakers: 1 });
    assert.equal(hashOf(again), hashOf(clips));
  });

  test('has a name of its own for every clip, and every kind of sound', () => {
    assert.equal(new Set(clips.map(({ name }) => name)).size, clips.length);
    assert.deepEqual([...new Set(clips.map(({ category }) => category))].toSorted(), [
      'babble',
      'backchannel',
      'clicks',
      'cough',
      'echo',
      'interruption',
      'noise',
      'noisy-speech',
      'speech',
      'tones',
    ]);
  });

  test('labels a voice where it begins and ends, within 10 ms', () => {
    const clip = named('speech/0');
    const first = clip.speech[0];
    const last = clip.speech.at(-1);
    assert.ok(first !== undefined && last !== undefined);
    assert.ok(part(clip, first.startMs - 300, first.startMs - 10) < -60);
    assert.ok(part(clip, first.startMs - 5, first.startMs + 30) > -55);
    assert.ok(part(clip, last.endMs + 10, last.endMs + 300) < -60);
    assert.ok(Math.abs(part(clip, first.startMs, first.endMs) + 24) < 3);
  });

  test('labels a pause between sentences as silence', () => {
    assert.equal(named('speech/0').speech.length, 2);
  });

  test('puts noise under the voice at the ratio it says', () => {
    for (const noise of ['white', 'pink', 'hum', 'babble']) {
      for (const snrDb of [20, 10, 5, 0]) {
        const clip = named(`noisy-speech/${noise}/${snrDb}dB/0`);
        const start = clip.speech[0]?.startMs ?? 0;
        const difference = part(clip, 0, start - 10) - (-24 - snrDb);
        // A second of babble may be louder or softer than all of it.
        assert.ok(Math.abs(difference) < (noise === 'babble' ? 4 : 1), `${clip.name}: ${difference} dB off`);
      }
    }
  });

  test('has no speech where nobody talks to the system, and some where somebody does', () => {
    for (const { name, category, speech } of clips) {
      const talks = ['speech', 'noisy-speech', 'backchannel', 'interruption'].includes(category);
      assert.equal(speech.length > 0, talks, name);
    }
  });

  test('lets the system speak before, during and after an interruption begins', () => {
    for (const { name, category, speech, systemSpeaks, samples } of clips) {
      for (const { startMs, endMs } of [...speech, ...systemSpeaks]) {
        assert.ok(startMs < endMs && endMs <= samples.length / 16 + 1, name);
      }
      if (category !== 'interruption') continue;
      const start = speech[0]?.startMs ?? 0;
      const bot = systemSpeaks[0];
      assert.ok(bot !== undefined && bot.startMs < start - 500 && bot.endMs > start + 1500, name);
    }
  });
});

test('another seed gives other numbers, the same one the same', () => {
  const five = (seed: number): number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 5 }, random);
  };
  assert.deepEqual(five(1), five(1));
  assert.notDeepEqual(five(1), five(2));
  assert.ok(five(3).every((number) => number >= 0 && number < 1));
});
