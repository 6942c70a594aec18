export { cacheOf, defaultModelCache, findModel, type ModelChoice, requireModel } from './find-model.ts';
export {
  isModelName,
  MANIFEST_NAME,
  type ModelFile,
  type ModelManifest,
  parseManifest,
} from './model-manifest.ts';
export { findAnyModel } from './find-any-model.ts';
export {
  type PulledModel,
  pullModel,
  type PullModelOptions,
  type PullProgress,
  type PullRetry,
} from './pull-model.ts';
