import { backchannels, botLines, botSpeaker, interruptions, sentences, speakers } from './lines.ts';
import { clicks, cough, echoOf, hum, pinkNoise, tones, whiteNoise } from './noises.ts';
import { createRandom, type Random } from './random.ts';
import {
  CORPUS_RATE_HZ,
  ROOM_DBFS,
  VOICE_DBFS,
  atLevel,
  mixInto,
  samplesIn,
  signalOf,
  toPcm,
  type Interval,
  type Signal,
} from './signal.ts';
import type { TurnClip } from './turn-clip.ts';
import { Voices, type Saying } from './voices.ts';

/** Options of {@link createTurnCorpus}. */
export interface TurnCorpusOptions {
  /** Same seed, same corpus. Default 1. */
  readonly seed?: number;
  /** Speakers that talk in each condition, 1 to 6. Default 6; fewer for a quick look. */
  readonly speakers?: number;
}

const LEAD_MS = 1200;
const TAIL_MS = 1500;
const NOISE_MS = 6000;

/** Signal-to-noise ratios of the noisy clips, in dB. */
export const corpusSnrsDb: readonly number[] = [20, 10, 5, 0];
/** Levels of the echo of the system's own voice, in dBFS: a loudspeaker at full volume to a good echo canceller. */
export const corpusEchoLevelsDbfs: readonly number[] = [-25, -35, -45, -55];
const noiseLevelsDbfs = [-50, -35, -25] as const;
const noiseKinds = ['white', 'pink', 'hum', 'babble'] as const;

/**
 * Makes the corpus: 16 kHz clips of a few seconds with exact labels. It takes seconds, so it is made
 * whenever it is needed, and nothing of it is stored.
 */
export async function createTurnCorpus(options: TurnCorpusOptions = {}): Promise<TurnClip[]> {
  const voices = new Voices();
  try {
    return await new CorpusMaker(voices, createRandom(options.seed ?? 1), options.speakers ?? 6).make();
  } finally {
    await voices.close();
  }
}

type ClipFacts = Omit<TurnClip, 'samples' | 'speech' | 'otherSound' | 'systemSpeaks'> &
  Partial<Pick<TurnClip, 'speech' | 'otherSound' | 'systemSpeaks'>>;

class CorpusMaker {
  readonly #voices: Voices;
  readonly #random: Random;
  readonly #speakers: number;
  readonly #clips: TurnClip[] = [];
  #crowd: Signal = new Float32Array(0);

  constructor(voices: Voices, random: Random, speakerCount: number) {
    this.#voices = voices;
    this.#random = random;
    this.#speakers = Math.max(1, Math.min(speakers.length, speakerCount));
  }

  async make(): Promise<TurnClip[]> {
    const said: Saying[] = [];
    for (const [index, speaker] of speakers.entries()) {
      said.push(await this.#voices.say(sentences[index] ?? '', speaker));
    }
    this.#crowd = crowdOf(said);
    const talkers = said.slice(0, this.#speakers);
    this.#makeSpeech(talkers);
    this.#makeNoises();
    await this.#makeBackchannels();
    await this.#makeInterruptions();
    return this.#clips;
  }

  #makeSpeech(talkers: readonly Saying[]): void {
    for (const [index, saying] of talkers.entries()) {
      this.#addVoice({ name: `speech/${index}`, category: 'speech' }, saying);
      for (const noise of noiseKinds) {
        for (const snrDb of corpusSnrsDb) {
          const name = `noisy-speech/${noise}/${snrDb}dB/${index}`;
          this.#addVoice({ name, category: 'noisy-speech', noise, snrDb }, saying);
        }
      }
    }
  }

  #makeNoises(): void {
    for (const levelDbfs of noiseLevelsDbfs) {
      for (const noise of noiseKinds) {
        const category = noise === 'babble' ? 'babble' : 'noise';
        const name = `${category}/${noise}/${levelDbfs}dB`;
        this.#add({ name, category, noise, levelDbfs }, atLevel(this.#noise(noise, NOISE_MS), levelDbfs));
      }
      const typing = atLevel(clicks(NOISE_MS, this.#random), levelDbfs);
      this.#add({ name: `clicks/${levelDbfs}dB`, category: 'clicks', levelDbfs }, typing);
      const beeps = atLevel(tones(NOISE_MS, this.#random), levelDbfs);
      this.#add({ name: `tones/${levelDbfs}dB`, category: 'tones', levelDbfs }, beeps);
    }
    for (let index = 0; index < 6; index += 1) {
      const signal = new Float32Array(samplesIn(LEAD_MS + 500 + TAIL_MS));
      const levelDbfs = -18 - index * 2;
      mixInto(signal, atLevel(cough(this.#random), levelDbfs), LEAD_MS);
      const otherSound = [{ startMs: LEAD_MS, endMs: LEAD_MS + 480 }];
      this.#add({ name: `cough/${index}`, category: 'cough', levelDbfs, otherSound }, signal);
    }
  }

  async #makeBackchannels(): Promise<void> {
    for (const [index, text] of backchannels.entries()) {
      const speaker = speakers[index % 4] ?? botSpeaker;
      const saying = await this.#voices.say(text, speaker);
      this.#addVoice({ name: `backchannel/${index}`, category: 'backchannel' }, saying);
    }
  }

  async #makeInterruptions(): Promise<void> {
    const bots: Saying[] = [];
    for (const text of botLines) bots.push(await this.#voices.say(text, botSpeaker));
    for (const levelDbfs of corpusEchoLevelsDbfs) {
      for (const [index, bot] of bots.entries()) {
        const facts = { name: `echo/${levelDbfs}dB/${index}`, category: 'echo', levelDbfs } as const;
        this.#addOverBot(facts, bot, levelDbfs);
      }
    }
    for (const [index, text] of interruptions.entries()) {
      const saying = await this.#voices.say(text, speakers[index % 4] ?? botSpeaker);
      const bot = bots[index % bots.length];
      for (const levelDbfs of [undefined, ...corpusEchoLevelsDbfs]) {
        const name = `interruption/${levelDbfs === undefined ? 'no-echo' : `echo${levelDbfs}dB`}/${index}`;
        const facts = {
          name,
          category: 'interruption',
          ...(levelDbfs === undefined ? {} : { levelDbfs }),
        } as const;
        this.#addOverBot(facts, bot, levelDbfs, saying);
      }
    }
  }

  /** The system speaks from the beginning; the user, if at all, comes in `LEAD_MS` and a half second later. */
  #addOverBot(facts: ClipFacts, bot: Saying | undefined, echoDbfs?: number, user?: Saying): void {
    if (bot === undefined) return;
    const botMs = (bot.signal.length * 1000) / CORPUS_RATE_HZ;
    const signal = new Float32Array(samplesIn(botMs + TAIL_MS));
    const echo = echoOf(bot.signal);
    if (echoDbfs !== undefined) mixInto(signal, atLevel(echo, echoDbfs, bot.speech), 0);
    const others = { otherSound: bot.speech, systemSpeaks: [{ startMs: 0, endMs: botMs }] };
    if (user === undefined) {
      this.#add({ ...facts, ...others }, signal);
      return;
    }
    const fromMs = LEAD_MS + Math.round(this.#random() * 500);
    mixInto(signal, atLevel(user.signal, VOICE_DBFS, user.speech), fromMs);
    this.#add({ ...facts, ...others, text: user.text, speech: later(user.speech, fromMs) }, signal);
  }

  #addVoice(facts: ClipFacts, saying: Saying): void {
    // Not on a beat with anybody's frames.
    const leadMs = LEAD_MS + Math.round(this.#random() * 40);
    const voiceMs = (saying.signal.length * 1000) / CORPUS_RATE_HZ;
    const totalMs = leadMs + voiceMs + TAIL_MS;
    const signal = new Float32Array(samplesIn(totalMs));
    if (facts.noise !== undefined && facts.snrDb !== undefined) {
      mixInto(signal, atLevel(this.#noise(facts.noise, totalMs), VOICE_DBFS - facts.snrDb), 0);
    }
    mixInto(signal, atLevel(saying.signal, VOICE_DBFS, saying.speech), leadMs);
    this.#add({ ...facts, text: saying.text, speech: later(saying.speech, leadMs) }, signal);
  }

  #add(facts: ClipFacts, signal: Signal): void {
    const room = atLevel(pinkNoise((signal.length * 1000) / CORPUS_RATE_HZ, this.#random), ROOM_DBFS);
    mixInto(room, signal, 0);
    this.#clips.push({ speech: [], otherSound: [], systemSpeaks: [], ...facts, samples: toPcm(room) });
  }

  #noise(kind: (typeof noiseKinds)[number], ms: number): Signal {
    switch (kind) {
      case 'white':
        return whiteNoise(ms, this.#random);
      case 'pink':
        return pinkNoise(ms, this.#random);
      case 'hum':
        return hum(ms);
      case 'babble': {
        const from = Math.floor(this.#random() * this.#crowd.length);
        return signalOf(ms, (index) => this.#crowd[(from + index) % this.#crowd.length] ?? 0);
      }
      default:
        return kind satisfies never;
    }
  }
}

/** Everybody talking at once and without end, each from another place. */
function crowdOf(said: readonly Saying[]): Signal {
  const longest = Math.max(...said.map(({ signal }) => signal.length));
  const crowd = new Float32Array(longest);
  for (const [index, { signal, speech }] of said.entries()) {
    const voice = atLevel(signal, VOICE_DBFS, speech);
    for (const shift of [0.13, 0.61]) {
      const from = Math.floor((index / said.length + shift) * voice.length);
      for (let at = 0; at < longest; at += 1) {
        crowd[at] = (crowd[at] ?? 0) + (voice[(from + at) % voice.length] ?? 0);
      }
    }
  }
  return crowd;
}

function later(intervals: readonly Interval[], ms: number): Interval[] {
  return intervals.map(({ startMs, endMs }) => ({ startMs: startMs + ms, endMs: endMs + ms }));
}
