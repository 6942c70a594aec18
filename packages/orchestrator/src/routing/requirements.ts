import type { WorkerRecord } from '@parley/worker-api';
import type { KnownWorker } from '../registry/worker-registry.ts';
import { languageMatches } from './language-match.ts';
import type { WorkerRequest } from './worker-request.ts';

/** Why no worker fits: the first requirement that none of those left meets. */
export type NoWorkerReason =
  | 'no_workers'
  | 'stale'
  | 'draining'
  | 'language'
  | 'model'
  | 'capability'
  | 'refused';

/** Circumstances in which a worker is looked at. */
export interface RequirementContext {
  /** The time by the clock that the registry of the workers has, in ms. */
  readonly nowMs: number;
  /** Age of the last heartbeat, in ms, from which a worker counts as gone. */
  readonly staleAfterMs: number;
}

/** Whether a language that a worker offers serves the one that is wanted. */
type LanguageMatch = (wanted: string, offered: string) => boolean;

interface Requirement {
  readonly reason: NoWorkerReason;
  /** Whether it depends on the record and the wish alone, and not on time or on who has refused. */
  readonly isLasting: boolean;
  readonly meets: (
    worker: KnownWorker,
    request: WorkerRequest,
    context: RequirementContext & { readonly matches?: LanguageMatch },
  ) => boolean;
  readonly unmet: (request: WorkerRequest) => string;
}

/** What a worker must meet, in the order in which an unmet one is reported. */
export const requirements: readonly Requirement[] = [
  { reason: 'stale', isLasting: false, meets: isFresh, unmet: () => 'All workers have fallen silent.' },
  {
    reason: 'draining',
    isLasting: true,
    meets: (worker) => worker.draining !== true,
    unmet: () => 'All workers are leaving.',
  },
  {
    reason: 'language',
    isLasting: true,
    meets: speaks,
    unmet: ({ language }) => `No worker speaks the language ${quote(language)}.`,
  },
  {
    reason: 'model',
    isLasting: true,
    meets: (worker, { modelId, residentOnly }) =>
      modelId === undefined ||
      isResident(worker, modelId) ||
      (residentOnly !== true && canLoad(worker, modelId)),
    unmet: ({ modelId, residentOnly }) =>
      `No worker has the model ${quote(modelId)}${residentOnly === true ? ' in memory' : ''}.`,
  },
  {
    reason: 'capability',
    isLasting: true,
    meets: (worker, { capabilities }) =>
      capabilities === undefined || capabilities.every((name) => worker.capabilities[name] === true),
    unmet: ({ capabilities = [] }) => `No worker is capable of all of: ${capabilities.join(', ')}.`,
  },
  {
    reason: 'refused',
    isLasting: false,
    meets: (worker, { exclude }) => exclude === undefined || !exclude.has(worker.name),
    unmet: () => 'Every worker that fits has refused.',
  },
];

const lasting = requirements.filter(({ isLasting }) => isLasting);
const passing = requirements.filter(({ isLasting }) => !isLasting);

/** Whether `worker` meets every requirement. */
export function fits(worker: WorkerRecord, request: WorkerRequest, context: RequirementContext): boolean {
  return requirements.every((requirement) => requirement.meets(worker, request, context));
}

/** Whether `worker` meets what depends on its record and the wish alone. */
export function suits(worker: WorkerRecord, request: WorkerRequest): boolean {
  return lasting.every(({ meets }) => meets(worker, request, timeless));
}

/** Those of `workers` that {@link suits} holds for. Many workers offer few languages: each is compared once. */
export function thoseThatSuit(workers: readonly WorkerRecord[], request: WorkerRequest): WorkerRecord[] {
  const compared = new Map<string, boolean>();
  const matches: LanguageMatch = (wanted, offered) => {
    const known = compared.get(offered);
    if (known !== undefined) return known;
    const isMatch = languageMatches(wanted, offered);
    compared.set(offered, isMatch);
    return isMatch;
  };
  const context = { ...timeless, matches };
  return workers.filter((worker) => lasting.every(({ meets }) => meets(worker, request, context)));
}

/** Whether a worker that {@link suits} may be taken now. */
export function isUsable(worker: WorkerRecord, request: WorkerRequest, context: RequirementContext): boolean {
  return passing.every(({ meets }) => meets(worker, request, context));
}

/** Why none of `workers` fits: the first requirement that none of those left meets; `undefined` when one does. */
export function whyNone(
  workers: readonly WorkerRecord[],
  request: WorkerRequest,
  context: RequirementContext,
): { readonly reason: NoWorkerReason; readonly message: string } | undefined {
  if (workers.length === 0) return { reason: 'no_workers', message: 'There are no workers.' };
  let fitting = workers;
  for (const { reason, meets, unmet } of requirements) {
    fitting = fitting.filter((worker) => meets(worker, request, context));
    if (fitting.length === 0) return { reason, message: unmet(request) };
  }
  return undefined;
}

const timeless: RequirementContext = { nowMs: 0, staleAfterMs: Infinity };

/** Whether the worker has the model in memory. */
export function isResident(worker: WorkerRecord, modelId: string): boolean {
  return worker.resident_models.includes(modelId);
}

function canLoad(worker: WorkerRecord, modelId: string): boolean {
  return worker.models?.some((model) => model.model_id === modelId) === true;
}

/** A worker whose heartbeats cannot be heard is judged by its registry's time to live alone. */
function isFresh({ heardAtMs }: KnownWorker, _request: WorkerRequest, context: RequirementContext): boolean {
  return heardAtMs === undefined || context.nowMs - heardAtMs < context.staleAfterMs;
}

/** A worker that names no languages may be tried for any. */
function speaks(
  worker: WorkerRecord,
  { language }: WorkerRequest,
  { matches = languageMatches }: { readonly matches?: LanguageMatch },
): boolean {
  const { languages } = worker.capabilities;
  return (
    language === undefined || languages.length === 0 || languages.some((offer) => matches(language, offer))
  );
}

/** Clients choose these texts: quoted and cut, they can neither forge a message nor flood it. */
function quote(text = ''): string {
  return JSON.stringify(text.slice(0, 64));
}
