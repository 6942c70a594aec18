import type { WorkerCapabilities } from '@parley/worker-api';

/** A capability that a worker either has or has not. */
export type CapabilityName = {
  [Name in keyof WorkerCapabilities]-?: boolean extends WorkerCapabilities[Name] ? Name : never;
}[keyof WorkerCapabilities];

/** What a session needs of its worker. What is absent does not matter. */
export interface WorkerRequest {
  /** BCP 47 tag of the language to speak. */
  readonly language?: string;
  readonly modelId?: string;
  /** Only workers that have the model in memory: none is to load it. */
  readonly residentOnly?: boolean;
  /** Voice within the model. A worker known not to have it is taken only when there is no other. */
  readonly voice?: string;
  /** Models of the worker that spoke before, where no model is asked for: workers that have one come first. */
  readonly similarTo?: readonly string[];
  readonly capabilities?: readonly CapabilityName[];
  /** Name of the worker that served this session before: taken again when it fits. */
  readonly previousWorker?: string;
  /** Names of workers not to try (again). */
  readonly exclude?: ReadonlySet<string>;
  /** `false`: a place is looked for once, and nobody is asked to give one up. Default `true`. */
  readonly mayWait?: boolean;
}
