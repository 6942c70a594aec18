// The part of the Web Audio and Media Capture APIs that is used here. Written down by hand, because the
// types of the DOM would be there for all of a program, also for what runs on Node.

/** Messages to and from another thread. */
export interface MessagePortLike {
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  /** Lets messages through to the listeners. */
  start(): void;
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  close(): void;
}

/** A node of the audio graph. */
export interface AudioNodeLike {
  connect(destination: AudioNodeLike): unknown;
  disconnect(): void;
}

/** An audio graph and its clock. */
export interface AudioContextLike {
  readonly sampleRate: number;
  readonly state: string;
  readonly destination: AudioNodeLike;
  readonly audioWorklet: { addModule(url: string): Promise<void> };
  createMediaStreamSource(stream: MediaStreamLike): AudioNodeLike;
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** A node that runs on the audio thread. */
export interface AudioWorkletNodeLike extends AudioNodeLike {
  readonly port: MessagePortLike;
}

/** A stream of a device. */
export interface MediaStreamLike {
  getTracks(): readonly MediaStreamTrackLike[];
}

/** One microphone in a stream. */
export interface MediaStreamTrackLike {
  stop(): void;
  addEventListener(type: 'ended', listener: () => void): void;
}

/** Options of a worklet node. */
export interface AudioWorkletNodeOptionsLike {
  readonly numberOfInputs?: number;
  readonly numberOfOutputs?: number;
  readonly outputChannelCount?: readonly number[];
  readonly channelCount?: number;
  readonly channelCountMode?: 'explicit';
  readonly processorOptions?: unknown;
}

/** What of the browser is used; tests bring their own. */
export interface BrowserAudio {
  createContext(options: {
    readonly sampleRate?: number;
    readonly latencyHint?: 'interactive';
  }): AudioContextLike;
  createWorkletNode(
    context: AudioContextLike,
    name: string,
    options: AudioWorkletNodeOptionsLike,
  ): AudioWorkletNodeLike;
  getUserMedia(constraints: { readonly audio: unknown }): Promise<MediaStreamLike>;
}

interface BrowserGlobals {
  readonly AudioContext?: new (options: object) => AudioContextLike;
  readonly AudioWorkletNode?: new (
    context: AudioContextLike,
    name: string,
    options: AudioWorkletNodeOptionsLike,
  ) => AudioWorkletNodeLike;
  readonly navigator?: {
    readonly mediaDevices?: { getUserMedia(constraints: { audio: unknown }): Promise<MediaStreamLike> };
  };
}

/** The audio of the browser that this runs in. Each call throws a TypeError where the browser lacks it. */
export const browserAudio: BrowserAudio = {
  createContext(options) {
    const { AudioContext } = browserGlobals();
    if (AudioContext === undefined) throw new TypeError('This browser has no AudioContext.');
    return new AudioContext(options);
  },
  createWorkletNode(context, name, options) {
    const { AudioWorkletNode } = browserGlobals();
    if (AudioWorkletNode === undefined) throw new TypeError('This browser has no AudioWorkletNode.');
    return new AudioWorkletNode(context, name, options);
  },
  async getUserMedia(constraints) {
    const devices = browserGlobals().navigator?.mediaDevices;
    if (devices === undefined) {
      throw new TypeError('This page may not use a microphone: it must be on https or localhost.');
    }
    return await devices.getUserMedia(constraints);
  },
};

function browserGlobals(): BrowserGlobals {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- these are what browsers define
  return globalThis as BrowserGlobals;
}

/** Address of a worklet's module beside the module with this address, in source or in compiled form. */
export function workletUrl(name: string, besideUrl: string): string {
  const extension = /\.ts(?:\?|$)/.test(besideUrl) ? 'ts' : 'js';
  return new URL(`${name}.${extension}`, besideUrl).href;
}
