import { once } from 'node:events';
import { type ClientDuplexStream, credentials, type ServiceError } from '@grpc/grpc-js';
import {
  type AudioFrame,
  type ControlCommand,
  type ControlResponse,
  type EndSessionResponse,
  type GetCapabilitiesResponse,
  type ListModelsResponse,
  type LoadModelResponse,
  type StartSessionResponse,
  type TextChunk,
  TTSServiceClient,
  type UnloadModelResponse,
} from '@parley/worker-api';

/** A worker's calls as promises. Whoever connects disposes of it. */
export class TestClient implements Disposable {
  readonly raw: TTSServiceClient;

  /** @param port of a worker on this machine */
  constructor(port: number) {
    const options = { 'grpc.use_local_subchannel_pool': 1 };
    this.raw = new TTSServiceClient(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  }

  start(
    sessionId: string,
    modelId = '',
    options: Record<string, string> = {},
  ): Promise<StartSessionResponse> {
    return call((reply) => this.raw.startSession({ sessionId, modelId, options }, reply));
  }

  end(sessionId: string): Promise<EndSessionResponse> {
    return call((reply) => this.raw.endSession({ sessionId }, reply));
  }

  control(sessionId: string, command: ControlCommand): Promise<ControlResponse> {
    return call((reply) => this.raw.control({ sessionId, command }, reply));
  }

  listModels(): Promise<ListModelsResponse> {
    return call((reply) => this.raw.listModels({}, reply));
  }

  loadModel(modelId: string): Promise<LoadModelResponse> {
    return call((reply) => this.raw.loadModel({ modelId, preloadOnly: false }, reply));
  }

  unloadModel(modelId: string): Promise<UnloadModelResponse> {
    return call((reply) => this.raw.unloadModel({ modelId }, reply));
  }

  capabilities(): Promise<GetCapabilitiesResponse> {
    return call((reply) => this.raw.getCapabilities({}, reply));
  }

  /** A Synthesize stream that is being read. */
  open(): TestStream {
    return new TestStream(this.raw.synthesize());
  }

  /** Speaks texts on one stream and returns all frames, the final one included. */
  async speak(sessionId: string, ...texts: string[]): Promise<AudioFrame[]> {
    const stream = this.open();
    for (const [index, text] of texts.entries()) {
      stream.send({ sessionId, text, sequenceNumber: index + 1, isFinal: index === texts.length - 1 });
    }
    await stream.ended;
    return stream.frames;
  }

  [Symbol.dispose](): void {
    this.raw.close();
  }
}

async function call<Response>(
  invoke: (reply: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  invoke((error, response) => {
    if (error === null) resolve(response);
    else reject(error);
  });
  return promise;
}

/** A Synthesize stream whose frames are collected. */
export class TestStream {
  readonly frames: AudioFrame[] = [];
  readonly stream: ClientDuplexStream<TextChunk, AudioFrame>;
  /** Settles with the end of the stream; rejects with its error status. */
  readonly ended: Promise<void>;
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(stream: ClientDuplexStream<TextChunk, AudioFrame>) {
    this.stream = stream;
    this.ended = once(stream, 'end').then(() => undefined);
    this.ended.catch(() => undefined);
    stream.on('error', () => undefined);
    stream.on('data', (frame: AudioFrame) => {
      this.frames.push(frame);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
  }

  send(chunk: Partial<TextChunk>): void {
    this.stream.write({ sessionId: '', text: '', isFinal: false, sequenceNumber: 0, ...chunk });
  }

  /** Settles once so many frames have come. */
  async atLeast(count: number): Promise<void> {
    while (this.frames.length < count) await this.#wake.promise;
  }
}

/** All audio of some frames as one piece of s16le. */
export function audioOf(frames: readonly AudioFrame[]): Buffer {
  return Buffer.concat(frames.map((frame) => frame.audioData));
}
