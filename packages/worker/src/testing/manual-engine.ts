import type { AudioSink, Engine, LoadedModel, SynthesisRequest } from '../engine.ts';

/** One text that a {@link ManualEngine} was given and has not spoken yet. */
export interface ManualSpeech {
  readonly request: SynthesisRequest;
  readonly sink: AudioSink;
  readonly finish: () => void;
  readonly fail: (error: Error) => void;
}

/** An engine that does exactly what a test does by hand. */
export class ManualEngine implements Engine {
  readonly name = 'manual';
  readonly abilities = {
    streaming: true,
    zeroShot: false,
    lora: false,
    cpuOk: true,
    emotiveZeroPrompt: false,
  };
  readonly models: Engine['models'];
  readonly loads: string[] = [];
  readonly unloads: string[] = [];
  /** Held back loads, by model; see {@link holdLoads}. */
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();
  readonly #speeches: ManualSpeech[] = [];
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();
  loadingNow = 0;
  mostLoadingAtOnce = 0;

  constructor(modelIds: readonly string[] = ['a']) {
    this.models = modelIds.map((modelId) => ({ modelId, family: 'manual', languages: ['en'] }));
  }

  /** The next load of this model waits for one of the returned functions. */
  holdLoads(modelId: string): { readonly release: () => void; readonly fail: (error: Error) => void } {
    const gate = Promise.withResolvers<void>();
    gate.promise.catch(() => undefined);
    this.#gates.set(modelId, gate);
    return { release: gate.resolve, fail: gate.reject };
  }

  /** Settles once so many loads are under way. */
  async loading(count: number): Promise<void> {
    while (this.loadingNow < count) await this.#wake.promise;
  }

  /** The next text that a session wants spoken. */
  async nextSpeech(): Promise<ManualSpeech> {
    for (;;) {
      const speech = this.#speeches.shift();
      if (speech !== undefined) return speech;
      await this.#wake.promise;
    }
  }

  async load(modelId: string): Promise<LoadedModel> {
    this.loads.push(modelId);
    this.loadingNow += 1;
    this.mostLoadingAtOnce = Math.max(this.mostLoadingAtOnce, this.loadingNow);
    this.#tell();
    const gate = this.#gates.get(modelId);
    this.#gates.delete(modelId);
    try {
      await gate?.promise;
    } finally {
      this.loadingNow -= 1;
    }
    return {
      synthesize: (request, sink) => this.#speak(request, sink),
      unload: () => {
        this.unloads.push(modelId);
        return Promise.resolve();
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #speak(request: SynthesisRequest, sink: AudioSink): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    request.signal.addEventListener('abort', () => resolve(), { once: true });
    this.#speeches.push({ request, sink, finish: resolve, fail: reject });
    this.#tell();
    return promise;
  }

  #tell(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
