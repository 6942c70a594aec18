/**
 * A model that an engine can load.
 */
export interface EngineModel {
  /** Unique within the engine, e.g. `espeak-en-us`. */
  readonly modelId: string;
  /** What kind of model it is, e.g. `espeak`. */
  readonly family: string;
  /** BCP-47 tags of what it speaks, e.g. `en-US`, `en`. */
  readonly languages: readonly string[];
  /** Values of the session option `voice`. */
  readonly voices?: readonly string[];
  /** Anything else worth telling, shown by `ListModels`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What an engine is able to do; told to orchestrators as it is. */
export interface EngineAbilities {
  /** Gives audio before the whole text is synthesized. */
  readonly streaming: boolean;
  readonly zeroShot: boolean;
  readonly lora: boolean;
  readonly cpuOk: boolean;
  readonly emotiveZeroPrompt: boolean;
}

/** Options of a session, as its orchestrator gave them; `SessionOption` has the common keys. */
export type SessionOptions = Readonly<Record<string, string>>;

/** When one word is spoken. */
export interface EngineMark {
  readonly word: string;
  /** Milliseconds from the first sample of the text's audio. */
  readonly startMs: number;
  readonly endMs: number;
  /** Where the word starts in the text, in UTF-16 code units. */
  readonly textOffset: number;
}

/** One text to speak. */
export interface SynthesisRequest {
  /** Not blank. */
  readonly text: string;
  /**
   * The end of what is said right before it, without a silence, for the pause between the two and for intonation.
   * Absent or empty where nothing is, or the orchestrator does not tell.
   */
  readonly previousText?: string;
  readonly options: SessionOptions;
  /** Aborted when nobody wants the speech any more: stop within some 100 ms. */
  readonly signal: AbortSignal;
}

/** Where an engine puts the speech of one text. */
export interface AudioSink {
  /**
   * Takes s16le mono audio of any length; it is cut into frames here. The memory belongs to the sink from
   * now on: do not change it. `false` means: give no more until {@link ready} settles.
   */
  audio(pcm: Uint8Array, sampleRateHz: number): boolean;
  /**
   * Sends exactly this as one frame, uncut and unchecked. For engines whose audio comes in frames already,
   * and for those that test orchestrators; do not mix it with {@link audio} in one text.
   */
  frame(pcm: Uint8Array, sampleRateHz: number, frameDurationMs: number): boolean;
  /** Tells a word's time, at the latest with the audio in which the word ends. */
  mark(mark: EngineMark): void;
  /** Settles when audio is wanted again, and at the latest when the request is aborted. */
  ready(): Promise<void>;
}

/** A model in memory. */
export interface LoadedModel {
  /**
   * Speaks one text. Settles when all of it is in the sink; rejects when it cannot be spoken. After an abort
   * it may do either. Texts of several sessions are spoken at once.
   */
  synthesize(request: SynthesisRequest, sink: AudioSink): Promise<void>;
  /** Does once what the first text would have to wait for. */
  warmUp?(): Promise<void>;
  /** Says what is wrong with a new session's options; such a session is refused. */
  checkOptions?(options: SessionOptions): string | undefined;
  /** Frees the memory; called once, when nothing is being spoken any more. */
  unload(): Promise<void>;
}

/**
 * What a model owner implements to make a worker of their own: everything else (gRPC, sessions, PAUSE and
 * STOP, frames, back-pressure, loading and unloading, discovery, health) is the worker's.
 *
 * ```ts
 * const engine: Engine = {
 *   name: 'beep',
 *   abilities: { streaming: true, zeroShot: false, lora: false, cpuOk: true, emotiveZeroPrompt: false },
 *   models: [{ modelId: 'beep', family: 'beep', languages: ['en'] }],
 *   load: async () => ({
 *     async synthesize({ text, signal }, sink) {
 *       for (const _letter of text) {
 *         if (signal.aborted) return;
 *         if (!sink.audio(await beep(), 48_000)) await sink.ready();
 *       }
 *     },
 *     unload: async () => {},
 *   }),
 *   close: async () => {},
 * };
 * await startWorker({ engine, name: 'beeper', host: '127.0.0.1', port: 7001 });
 * ```
 */
export interface Engine {
  readonly name: string;
  readonly abilities: EngineAbilities;
  /** All models it could load, the default first. At least one. */
  readonly models: readonly EngineModel[];
  /** Loads one of {@link models}. Called at most once at a time for a model. */
  load(modelId: string, signal: AbortSignal): Promise<LoadedModel>;
  /** Frees what is left; called after every model was unloaded. */
  close(): Promise<void>;
}
