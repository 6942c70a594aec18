import { EspeakError } from './espeak-error.ts';
import { espeakVariants, type EspeakVoice, espeakVoices } from './espeak-voice.ts';
import { createPartReceiver } from './part-receiver.ts';
import { weigherOf } from './speech-weight.ts';
import { pauseAfterMs } from './pause-after.ts';
import { splitText } from './split-text.ts';
import type { SpeakJob } from './thread-messages.ts';
import { ThreadPool, type ThreadPoolOptions } from './thread-pool.ts';
import type { EspeakMark } from './word-marks.ts';

/** Options of {@link createEspeak}. */
export interface EspeakOptions extends Partial<ThreadPoolOptions> {
  /** Threads that synthesize at once; 2 by default. Each takes about 40 MB. */
  readonly threads?: number;
  /** Texts that may wait for a thread before `BUSY`; 1000 by default. */
  readonly maxQueuedJobs?: number;
}

/** What to say. */
export interface EspeakRequest {
  readonly text: string;
  /** What is said right before it: the pause that belongs between the two comes first. Default none. */
  readonly previousText?: string;
  /** Id of one of `espeakVoices`. */
  readonly voiceId: string;
  /** One of `espeakVariants`; absent or empty: the voice as it is. */
  readonly variant?: string;
  /** Speaking rate, 0.25 to 4, 1 by default. espeak keeps its pauses, so the effect is smaller at the ends. */
  readonly speed?: number;
  /** Sample rate of the audio, 8000 to 192000 Hz; 48000 by default. */
  readonly sampleRateHz?: number;
  /** Ends the synthesis; its thread is free again within one piece (100 ms of audio, about 1 ms of time). */
  readonly signal?: AbortSignal;
}

/** Where the speech goes. */
export interface EspeakSink {
  /**
   * A piece of s16le mono audio, about 100 ms, owned by the receiver from now on. `false` means: no more
   * until {@link ready}.
   */
  audio(pcm: Uint8Array): boolean;
  /** A word, told at the latest with the audio in which it ends. Times count from the start of the text. */
  mark(mark: EspeakMark): void;
  /** Settles when audio is wanted again, and at the latest when the request is aborted. */
  ready(): Promise<void>;
}

/** The embedded voice. Whoever creates it closes it. */
export interface Espeak {
  /** Starts the threads ahead of the first text and has each speak a word, the first of which takes long. */
  warmUp(voiceId: string): Promise<void>;
  /**
   * Speaks a text and settles when the sink has got all of it. A slow sink holds no thread: what a thread
   * runs ahead is kept here, 30 s of audio at most.
   *
   * @throws EspeakError `BAD_REQUEST`, `BUSY`, `THREAD_DIED` or `CLOSED`
   * @throws the signal's reason when aborted
   */
  synthesize(request: EspeakRequest, sink: EspeakSink): Promise<void>;
  /** Ends the threads; what is being spoken fails with `CLOSED` or `THREAD_DIED`. Idempotent. */
  close(): Promise<void>;
}

/** 100 ms each. */
const MAX_PIECES_AHEAD = 300;
const NORMAL_WORDS_PER_MINUTE = 175;
/** Words and a number, so that rules and dictionary have been used. */
const WARM_UP_TEXT = 'Hello, number 1.';

const nothing = Buffer.alloc(0);
const nowhere: EspeakSink = { audio: () => true, mark() {}, ready: () => Promise.resolve() };

/** Makes the embedded voice. Threads start with the first text, or with `warmUp()`. */
export function createEspeak(options: EspeakOptions = {}): Espeak {
  const threads = options.threads ?? 2;
  const pool = new ThreadPool({
    ...options,
    threads,
    maxQueuedJobs: options.maxQueuedJobs ?? 1000,
  });
  let lastJobId = 0;

  const speakPart = async (
    part: { readonly text: string; readonly offset: number },
    base: Omit<SpeakJob, 'jobId' | 'text' | 'skipSamples' | 'skipMarks'>,
    { startMs, pauseMs }: { readonly startMs: number; readonly pauseMs: number },
    request: EspeakRequest,
    sink: EspeakSink,
  ): Promise<number> => {
    let skipSamples: number | undefined = 0;
    let skipMarks = 0;
    let bytes = 0;
    let silence = Buffer.alloc(2 * Math.round((pauseMs * base.sampleRateHz) / 1000));
    while (skipSamples !== undefined) {
      request.signal?.throwIfAborted();
      lastJobId = (lastJobId % 0x7fff_ffff) + 1;
      const job: SpeakJob = { ...base, jobId: lastJobId, text: part.text, skipSamples, skipMarks };
      const receiver = createPartReceiver({
        onMark: (mark) => {
          skipMarks += 1;
          sink.mark({
            ...mark,
            startMs: Math.round(startMs + pauseMs + mark.startMs),
            endMs: Math.round(startMs + pauseMs + mark.endMs),
            textOffset: part.offset + mark.textOffset,
          });
        },
        onAudio: (pcm) => {
          // With the first sound, not ahead of it: that is when the voice begins to answer.
          const audio = silence.length === 0 ? pcm : Buffer.concat([silence, pcm]);
          silence = nothing;
          bytes += audio.byteLength;
          return sink.audio(audio);
        },
        ready: () => sink.ready(),
      });
      const handle = pool.submit(job, MAX_PIECES_AHEAD, receiver);
      skipSamples = await receiver.run(handle, request.signal);
    }
    return bytes;
  };

  const espeak: Espeak = {
    async warmUp(voiceId) {
      await pool.warmUp();
      // As many at once as there are threads: each gets one.
      const words = Array.from({ length: threads }, () =>
        espeak.synthesize({ text: WARM_UP_TEXT, voiceId }, nowhere),
      );
      await Promise.all(words);
    },
    close: () => pool.close(),
    async synthesize(request, sink) {
      const sampleRateHz = request.sampleRateHz ?? 48_000;
      const voice = findVoice(request.voiceId);
      const base = {
        voice: voiceFile(voice, request.variant),
        wordsPerMinute: wordsPerMinuteOf(request),
        sampleRateHz,
      };
      checkSampleRate(sampleRateHz);
      let startMs = 0;
      let previousText = request.previousText ?? '';
      for (const part of splitText(request.text, weigherOf(voice.script))) {
        if (part.text.trim() === '') continue;
        const pauseMs = pauseAfterMs(previousText, request.speed ?? 1);
        previousText = part.text;
        const bytes = await speakPart(part, base, { startMs, pauseMs }, request, sink);
        startMs += (bytes * 500) / sampleRateHz;
      }
    },
  };
  return espeak;
}

function findVoice(voiceId: string): EspeakVoice {
  const voice = espeakVoices.find(({ id }) => id === voiceId);
  if (voice === undefined) throw new EspeakError('BAD_REQUEST', `there is no espeak voice ${voiceId}`);
  return voice;
}

function voiceFile(voice: EspeakVoice, variant: string | undefined): string {
  if (variant === undefined || variant === '') return voice.file;
  if (!espeakVariants.includes(variant)) {
    const known = espeakVariants.join(', ');
    throw new EspeakError(
      'BAD_REQUEST',
      `espeak has no voice variant ${JSON.stringify(variant)}; it has ${known}`,
    );
  }
  return `${voice.file}+${variant}`;
}

function wordsPerMinuteOf({ speed = 1 }: EspeakRequest): number {
  if (!(speed >= 0.25 && speed <= 4)) {
    throw new EspeakError('BAD_REQUEST', `the speed must be 0.25 to 4, but is ${speed}`);
  }
  return Math.round(NORMAL_WORDS_PER_MINUTE * speed);
}

function checkSampleRate(sampleRateHz: number): void {
  if (!Number.isInteger(sampleRateHz) || sampleRateHz < 8000 || sampleRateHz > 192_000) {
    throw new EspeakError('BAD_REQUEST', `the sample rate must be 8000 to 192000 Hz, but is ${sampleRateHz}`);
  }
}
