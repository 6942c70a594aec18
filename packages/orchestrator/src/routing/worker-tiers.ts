import type { WorkerRecord } from '@parley/worker-api';
import { isResident, thoseThatSuit } from './requirements.ts';
import type { WorkerRequest } from './worker-request.ts';

/** Workers that suit a request, in classes, the best one first. */
export type WorkerTiers = readonly (readonly WorkerRecord[])[];

/**
 * Sorts those of `workers` that suit the request into classes: those with the model in memory before those that
 * would have to load it (only with `preferResident`), and within each those that keep the voice before others.
 */
export function tiersOf(
  workers: readonly WorkerRecord[],
  request: WorkerRequest,
  preferResident: boolean,
): WorkerTiers {
  const tiers: WorkerRecord[][] = [[], [], [], []];
  for (const worker of thoseThatSuit(workers, request)) {
    tiers[tierOf(worker, request, preferResident)]?.push(worker);
  }
  return tiers.filter((tier) => tier.length > 0);
}

function tierOf(worker: WorkerRecord, request: WorkerRequest, preferResident: boolean): number {
  const { modelId } = request;
  const mustLoad = preferResident && modelId !== undefined && !isResident(worker, modelId);
  return (mustLoad ? 2 : 0) + (keepsVoice(worker, request) ? 0 : 1);
}

/** A worker that does not say which voices it has may well have this one. */
function keepsVoice({ models, resident_models }: WorkerRecord, request: WorkerRequest): boolean {
  const { modelId, voice, similarTo } = request;
  if (similarTo !== undefined && !similarTo.some((model) => resident_models.includes(model))) return false;
  if (voice === undefined || models === undefined) return true;
  const inQuestion = models.filter((model) => modelId === undefined || model.model_id === modelId);
  const stated = inQuestion.filter(({ voices }) => voices !== undefined && voices.length > 0);
  return stated.length === 0 || stated.some(({ voices }) => voices?.includes(voice) === true);
}
