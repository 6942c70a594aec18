import { EventEmitter, once } from 'node:events';
import {
  type Metadata,
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type StatusObject,
} from '@grpc/grpc-js';
import {
  AudioFrame,
  TTSServiceService,
  type EndSessionRequest,
  type EndSessionResponse,
  type LoadModelRequest,
  type LoadModelResponse,
  type StartSessionRequest,
  type StartSessionResponse,
  type TextChunk,
} from '@parley/worker-api';

/** One `Synthesize` call at a {@link ScriptedWorker}; a Buffer is sent as it is, readable or not. */
export type ScriptedCall = ServerDuplexStream<TextChunk, AudioFrame | Buffer>;

/** What a {@link ScriptedWorker} does. What is absent it does well, and says nothing. */
export interface WorkerScript {
  /** Resolves to the answer, or rejects with a gRPC status. */
  startSession?(request: StartSessionRequest): Promise<StartSessionResponse>;
  endSession?(request: EndSessionRequest): Promise<EndSessionResponse>;
  loadModel?(request: LoadModelRequest): Promise<LoadModelResponse>;
  synthesize?(call: ScriptedCall, chunk: TextChunk): void;
}

/** A real gRPC server on a free port that does exactly what a test tells it, however wrong. */
export class ScriptedWorker {
  readonly addr: string;
  /** Requests in the order of their arrival: `start ID`, `text TEXT`, `cancelled TEXT`, `load MODEL`, `end ID`. */
  readonly log: string[] = [];
  readonly starts: StartSessionRequest[] = [];
  /** The metadata of each start. */
  readonly startMetadata: Metadata[] = [];
  script: WorkerScript;
  readonly #server: Server;
  readonly #events = new EventEmitter();

  private constructor(server: Server, port: number, script: WorkerScript) {
    this.#server = server;
    this.addr = `grpc://127.0.0.1:${port}`;
    this.script = script;
  }

  /** Starts it on `port`, a free one by default. */
  static async start(script: WorkerScript = {}, port: number = 0): Promise<ScriptedWorker> {
    const server = new Server();
    let worker: ScriptedWorker | undefined;
    server.addService(service, {
      startSession: (
        call: { request: StartSessionRequest; metadata: Metadata },
        callback: Answer<StartSessionResponse>,
      ) => worker?.onStart(call, callback),
      endSession: (call: { request: EndSessionRequest }, callback: Answer<EndSessionResponse>) =>
        worker?.onEnd(call.request, callback),
      loadModel: (call: { request: LoadModelRequest }, callback: Answer<LoadModelResponse>) =>
        worker?.onLoad(call.request, callback),
      synthesize: (call: ScriptedCall) => worker?.onSynthesize(call),
    });
    const bound = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, actual) => {
        if (error === null) resolve(actual);
        else reject(error);
      });
    });
    worker = new ScriptedWorker(server, bound, script);
    return worker;
  }

  /** Waits until `entry` has been logged `times` times. */
  async logged(entry: string, times: number = 1): Promise<void> {
    while (this.log.filter((logged) => logged === entry).length < times) await once(this.#events, 'logged');
  }

  /** Ends the server and all its connections at once. */
  close(): void {
    this.#server.forceShutdown();
  }

  onStart(
    { request, metadata }: { readonly request: StartSessionRequest; readonly metadata: Metadata },
    callback: Answer<StartSessionResponse>,
  ): void {
    this.starts.push(request);
    this.startMetadata.push(metadata);
    this.#note(`start ${request.sessionId}`);
    void answer(
      this.script.startSession?.(request) ?? Promise.resolve({ success: true, message: '' }),
      callback,
    );
  }

  onEnd(request: EndSessionRequest, callback: Answer<EndSessionResponse>): void {
    this.#note(`end ${request.sessionId}`);
    void answer(this.script.endSession?.(request) ?? Promise.resolve({ success: true }), callback);
  }

  onLoad(request: LoadModelRequest, callback: Answer<LoadModelResponse>): void {
    this.#note(`load ${request.modelId}`);
    const loaded = { success: true, message: '', loadDurationMs: 1 };
    void answer(this.script.loadModel?.(request) ?? Promise.resolve(loaded), callback);
  }

  onSynthesize(call: ScriptedCall): void {
    let text = '';
    call.on('error', () => {});
    // grpc-js reports every end of a call as a cancellation.
    call.on('cancelled', () => {
      if (!call.writableEnded) this.#note(`cancelled ${text}`);
    });
    call.on('data', (chunk: TextChunk) => {
      ({ text } = chunk);
      this.script.synthesize?.(call, chunk);
      this.#note(`text ${text}`);
    });
  }

  #note(entry: string): void {
    this.log.push(entry);
    this.#events.emit('logged');
  }
}

type Answer<Response> = (error: Partial<StatusObject> | null, response?: Response) => void;

async function answer<Response>(response: Promise<Response>, callback: Answer<Response>): Promise<void> {
  try {
    callback(null, await response);
  } catch (error) {
    callback(isStatus(error) ? error : { code: status.UNKNOWN, details: String(error) });
  }
}

function isStatus(error: unknown): error is Partial<StatusObject> {
  return typeof error === 'object' && error !== null && 'code' in error;
}

const service = {
  startSession: TTSServiceService.startSession,
  endSession: TTSServiceService.endSession,
  loadModel: TTSServiceService.loadModel,
  synthesize: {
    ...TTSServiceService.synthesize,
    responseSerialize: (value: AudioFrame | Buffer): Buffer =>
      Buffer.isBuffer(value) ? value : Buffer.from(AudioFrame.encode(value).finish()),
  },
};

/** A frame as a worker with none of our additions sends it. */
export function audioFrame(
  audioData: Uint8Array,
  sampleRate: number = 48_000,
  isFinal: boolean = false,
): AudioFrame {
  return {
    sessionId: '',
    audioData: Buffer.from(audioData),
    sampleRate,
    frameDurationMs: 20,
    sequenceNumber: 0,
    isFinal,
    marks: [],
    textSequence: 0,
  };
}

/** `count` samples of s16le that count up from `from`, so that a lost or repeated one shows. */
export function countedSamples(count: number, from: number = 1): Buffer {
  const bytes = Buffer.alloc(count * 2);
  for (let i = 0; i < count; i += 1) bytes.writeInt16LE(((from + i) % 30_000) + 1, i * 2);
  return bytes;
}
