import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import {
  serializeAudioFrame,
  type TTSServiceServer,
  TTSServiceService,
  ttsFileDescriptors,
} from '@parley/worker-api';
import { HealthImplementation } from 'grpc-health-check';
import type { Clock } from './clock.ts';
import { messageOf, WorkerError } from './worker-error.ts';

/** A listening gRPC server. Whoever creates it closes it. */
export interface GrpcServer {
  /** The port it listens on; the one the system chose when 0 was asked for. */
  readonly port: number;
  /** What `grpc.health.v1.Health` answers, for the whole server and for `tts.TTSService`. */
  setServing(serving: boolean): void;
  /** Lets calls end for up to a second, then cuts them. Idempotent. */
  close(): Promise<void>;
}

/** Options of {@link listen}. */
export interface GrpcServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly service: TTSServiceServer;
  readonly clock: Clock;
}

const CLOSE_GRACE_MS = 1000;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const synthesize = { ...TTSServiceService.synthesize, responseSerialize: serializeAudioFrame };
const serviceNames = ['', 'tts.TTSService'];

/**
 * Serves the TTS service, standard health and reflection.
 *
 * @throws WorkerError `ADDRESS_IN_USE` or `CANNOT_LISTEN`
 */
export async function listen({ host, port, service, clock }: GrpcServerOptions): Promise<GrpcServer> {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.enable_channelz': 0,
  });
  server.addService({ ...TTSServiceService, synthesize }, service);
  const health = new HealthImplementation();
  const setServing = (serving: boolean): void => {
    for (const name of serviceNames) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  };
  setServing(false);
  health.addToServer(server);
  addReflection(server);
  const boundPort = await bind(server, host, port);

  let closing: Promise<void> | undefined;
  return {
    port: boundPort,
    setServing,
    close() {
      closing ??= close(server, clock);
      return closing;
    },
  };
}

function addReflection(server: Server): void {
  // The package definition is only asked for its file descriptors.
  const format = 'Protocol Buffer 3 EnumDescriptorProto';
  new ReflectionService({
    'tts.proto': { format, type: {}, fileDescriptorProtos: ttsFileDescriptors() },
  }).addToServer(server);
}

async function bind(server: Server, host: string, port: number): Promise<number> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(target, ServerCredentials.createInsecure(), (error, boundPort) => {
    if (error === null) resolve(boundPort);
    else reject(error);
  });
  try {
    return await promise;
  } catch (cause) {
    server.forceShutdown();
    if (messageOf(cause).includes('EADDRINUSE')) {
      const advice = 'stop that process or choose another port (0 takes any free one)';
      throw new WorkerError('ADDRESS_IN_USE', `another process listens on ${target}; ${advice}`, { cause });
    }
    throw new WorkerError('CANNOT_LISTEN', `cannot listen on ${target}: ${messageOf(cause)}`, { cause });
  }
}

async function close(server: Server, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimer(CLOSE_GRACE_MS, () => {
    server.forceShutdown();
    resolve();
  });
  server.tryShutdown(() => resolve());
  await promise;
  timer.cancel();
}
