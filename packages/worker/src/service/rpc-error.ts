import { type handleUnaryCall, type ServerDuplexStream, type ServerUnaryCall, status } from '@grpc/grpc-js';
import type { AudioFrame, TextChunk } from '@parley/worker-api';
import { messageOf } from '../worker-error.ts';

/** Ends a call with a gRPC status. */
export class RpcError extends Error {
  override readonly name: string = 'RpcError';
  readonly code: status;

  constructor(code: status, details: string) {
    super(details);
    this.code = code;
  }
}

/** Makes a gRPC handler of an async function; what it throws becomes the status. */
export function unary<Request, Response>(
  handle: (request: Request, call: ServerUnaryCall<Request, Response>) => Promise<Response> | Response,
): handleUnaryCall<Request, Response> {
  return (call, reply) => {
    Promise.try(() => handle(call.request, call)).then(
      (response) => reply(null, response),
      (error: unknown) => {
        const code = error instanceof RpcError ? error.code : status.INTERNAL;
        reply({ code, details: messageOf(error) });
      },
    );
  };
}

/** A Synthesize call as grpc-js gives it. */
export type SynthesisCall = ServerDuplexStream<TextChunk, AudioFrame>;

/** Ends a Synthesize call with a status; frames written before are still sent. */
export function failCall(call: SynthesisCall, code: status, details: string): void {
  call.emit('error', { code, details });
}
