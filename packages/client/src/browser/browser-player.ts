import type { AudioSink, PlaybackPosition, SpeechFrame } from '../audio-sink.ts';
import { ParleyClientError } from '../client-error.ts';
import type { FromPlayback, PlaybackProgress, ToPlayback } from '../playback/playback-messages.ts';
import {
  browserAudio,
  workletUrl,
  type AudioContextLike,
  type AudioNodeLike,
  type AudioWorkletNodeLike,
  type BrowserAudio,
} from './web-audio.ts';

/** Options of {@link openBrowserPlayer}. */
export interface BrowserPlayerOptions {
  /** Rate of the speech to play, 8000 to 96,000; the browser fits it to the device. Default 48,000. */
  readonly sampleRateHz?: number;
  /** Most speech that may wait, in ms; what does not fit is an error. Default 30,000. */
  readonly capacityMs?: number;
  /**
   * Speech that must wait before playback starts, at first and after it ran dry, in ms; it starts in any case
   * after that time. Default 60; 0 starts with the first frame, and stutters where the second comes late.
   */
  readonly prebufferMs?: number;
  /** Address of `playback-worklet.js` where it is not beside this module, as after bundling. */
  readonly workletUrl?: string;
  /** The audio API; for tests. */
  readonly audio?: BrowserAudio;
}

/** Plays speech in a browser, on the audio thread. */
export interface BrowserPlayer extends AudioSink {
  /** Where speech leaves it, for meters and effects; connected to the loudspeakers. */
  readonly node: AudioNodeLike;
  readonly context: AudioContextLike;
  /** Samples that wait to be played, as last reported. */
  readonly waitingSamples: number;
  /** Makes sound possible: to be called from a click or a key, as browsers want it. */
  start(): Promise<void>;
  /** Adds to those who are told when a frame did not fit; a session reports it as an `error`. */
  onOverflow(listener: (samples: number) => void): void;
}

/**
 * Opens a player with an audio thread of its own. What it calls played has left the audio graph; the device
 * adds its own latency, some 10 to 40 ms.
 *
 * @throws ParleyClientError `PLAYBACK_FAILED` when the browser cannot
 */
export async function openBrowserPlayer(options: BrowserPlayerOptions = {}): Promise<BrowserPlayer> {
  const { sampleRateHz = 48_000, capacityMs = 30_000, prebufferMs = 60, audio = browserAudio } = options;
  let context: AudioContextLike | undefined;
  try {
    context = audio.createContext({ sampleRate: sampleRateHz, latencyHint: 'interactive' });
    await context.audioWorklet.addModule(
      options.workletUrl ?? workletUrl('playback-worklet', import.meta.url),
    );
    const node = audio.createWorkletNode(context, 'parley-playback', {
      numberOfInputs: 0,
      outputChannelCount: [1],
      processorOptions: {
        capacitySamples: Math.ceil((capacityMs * sampleRateHz) / 1000),
        prebufferSamples: Math.ceil((prebufferMs * sampleRateHz) / 1000),
      },
    });
    node.connect(context.destination);
    return new WorkletPlayer(context, node);
  } catch (error) {
    await context?.close();
    throw new ParleyClientError('PLAYBACK_FAILED', `The browser could not open a player: ${String(error)}`, {
      cause: error,
    });
  }
}

class WorkletPlayer implements BrowserPlayer {
  readonly context: AudioContextLike;
  readonly node: AudioWorkletNodeLike;
  readonly #clears = new Map<number, (position: PlaybackPosition) => void>();
  #progress: PlaybackProgress = {
    position: { generation: 0, samples: 0 },
    playedSamples: 0,
    waitingSamples: 0,
  };
  #clearId = 0;
  #isClosed = false;
  #onPlayed: (position: PlaybackPosition) => void = () => {};
  readonly #overflowListeners: ((samples: number) => void)[] = [];

  constructor(context: AudioContextLike, node: AudioWorkletNodeLike) {
    this.context = context;
    this.node = node;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only our processor writes to it
    node.port.addEventListener('message', ({ data }) => this.#onMessage(data as FromPlayback));
    node.port.start();
  }

  get sampleRateHz(): number {
    return this.context.sampleRate;
  }

  get playedSamples(): number {
    return this.#progress.playedSamples;
  }

  get waitingSamples(): number {
    return this.#progress.waitingSamples;
  }

  async start(): Promise<void> {
    await this.context.resume();
  }

  write({ samples, sampleRateHz, generation, sampleOffset }: SpeechFrame): void {
    if (sampleRateHz !== this.sampleRateHz) {
      throw new RangeError(
        `The player plays ${this.sampleRateHz} Hz, but speech came at ${sampleRateHz} Hz.`,
      );
    }
    // A copy goes to the audio thread, as the frame is also handed to whoever listens.
    const copy = samples.slice();
    this.#post({ type: 'write', samples: copy, generation, sampleOffset }, [copy.buffer]);
  }

  clear(generation: number): Promise<PlaybackPosition> {
    if (this.#isClosed) return Promise.resolve(this.#progress.position);
    this.#clearId += 1;
    const id = this.#clearId;
    this.#post({ type: 'clear', generation, id });
    return new Promise((resolve) => {
      this.#clears.set(id, resolve);
    });
  }

  pause(): void {
    this.#post({ type: 'pause' });
  }

  resume(): void {
    this.#post({ type: 'resume' });
  }

  onPlayed(listener: (position: PlaybackPosition) => void): void {
    this.#onPlayed = listener;
  }

  onOverflow(listener: (samples: number) => void): void {
    this.#overflowListeners.push(listener);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.node.port.close();
    this.node.disconnect();
    for (const resolve of this.#clears.values()) resolve(this.#progress.position);
    this.#clears.clear();
    await this.context.close();
  }

  #post(message: ToPlayback, transfer: ArrayBuffer[] = []): void {
    if (!this.#isClosed) this.node.port.postMessage(message, transfer);
  }

  #onMessage(message: FromPlayback): void {
    switch (message.type) {
      case 'played':
        this.#progress = message;
        this.#onPlayed(message.position);
        return;
      case 'cleared':
        this.#progress = message;
        this.#clears.get(message.id)?.(message.position);
        this.#clears.delete(message.id);
        return;
      case 'overflow':
        for (const listener of this.#overflowListeners) listener(message.samples);
        return;
      default:
        message satisfies never;
    }
  }
}
