export { cacheOf, defaultModelCache, findModel, type ModelChoice, requireModel } from './find-model.ts';
export { MANIFEST_NAME, type ModelFile, type ModelManifest, parseManifest } from './model-manifest.ts';
export { pullModel, type PullModelOptions, type PullProgress } from './pull-model.ts';
