import type { Metadata } from '@grpc/grpc-js';
import { SILENCE_METADATA_KEY, type TTSServiceServer } from '@parley/worker-api';
import { getCapabilities, listModels, loadModel, unloadModel } from './model-calls.ts';
import { unary } from './rpc-error.ts';
import type { ServiceContext } from './service-context.ts';
import { control, endSession, startSession } from './session-calls.ts';
import { synthesize } from './synthesize.ts';

/** The gRPC service over the session table, the model manager and the engine. */
export function createTtsService(context: ServiceContext): TTSServiceServer {
  return {
    startSession: unary((request, { metadata }) => startSession(request, context, silenceMsOf(metadata))),
    endSession: unary(({ sessionId }) => endSession(sessionId, context)),
    synthesize: (call) => synthesize(call, context),
    control: unary((request) => control(request, context)),
    listModels: unary(() => listModels(context)),
    loadModel: unary((request) => loadModel(request, context)),
    unloadModel: unary((request) => unloadModel(request, context)),
    getCapabilities: unary(() => getCapabilities(context)),
  };
}

/** Anything but a positive number is as good as nothing. */
function silenceMsOf(metadata: Metadata): number {
  const silenceMs = Number(metadata.get(SILENCE_METADATA_KEY)[0] ?? NaN);
  return silenceMs > 0 ? silenceMs : Infinity;
}
