import type {
  GetCapabilitiesResponse,
  ListModelsResponse,
  LoadModelRequest,
  LoadModelResponse,
  ModelInfo,
  UnloadModelRequest,
  UnloadModelResponse,
} from '@parley/worker-api';
import type { UnloadResult } from '../models/model-manager.ts';
import { messageOf } from '../worker-error.ts';
import type { ServiceContext } from './service-context.ts';

/** All models of the worker. A model's voices are in its metadata under `voices`, separated by commas. */
export function listModels({ models }: ServiceContext): ListModelsResponse {
  return {
    models: models.list().map(({ modelId, family, isLoaded, languages, voices, metadata }): ModelInfo => ({
      modelId,
      family,
      isLoaded,
      languages: [...languages],
      metadata: { ...metadata, ...(voices === undefined ? {} : { voices: voices.join(',') }) },
    })),
  };
}

/** Loads a model ahead of its first session. */
export async function loadModel(
  { modelId, preloadOnly }: LoadModelRequest,
  { models, clock }: ServiceContext,
): Promise<LoadModelResponse> {
  const startMs = clock.nowMs();
  try {
    await models.load(modelId, { warmUp: !preloadOnly });
    return { success: true, message: '', loadDurationMs: Math.round(clock.nowMs() - startMs) };
  } catch (error) {
    return { success: false, message: messageOf(error), loadDurationMs: 0 };
  }
}

/** Frees a model that no session uses. */
export async function unloadModel(
  { modelId }: UnloadModelRequest,
  { models }: ServiceContext,
): Promise<UnloadModelResponse> {
  const result = await models.unload(modelId);
  return {
    success: result.kind === 'unloaded' || result.kind === 'not_loaded',
    message: describe(result, modelId),
  };
}

/** What the worker can do and how it is doing. */
export function getCapabilities(context: ServiceContext): GetCapabilitiesResponse {
  const { engine, models, sessions, metrics, maxSessions } = context;
  const { abilities } = engine;
  return {
    capabilities: {
      ...abilities,
      languages: [...new Set(engine.models.flatMap((model) => model.languages))],
      maxConcurrentSessions: maxSessions,
    },
    residentModels: models.residents(),
    metrics: {
      rtf: metrics.rtf,
      queue_depth: sessions.size,
      p50_latency_ms: metrics.p50LatencyMs,
      active_sessions: sessions.size,
    },
  };
}

function describe(result: UnloadResult, modelId: string): string {
  switch (result.kind) {
    case 'unloaded':
      return '';
    case 'not_loaded':
      return `${modelId} was not loaded`;
    case 'in_use':
      return `${modelId} is in use by ${result.refs} session${result.refs === 1 ? '' : 's'}`;
    case 'unknown':
      return `there is no model ${JSON.stringify(modelId)}`;
    default:
      return result satisfies never;
  }
}
