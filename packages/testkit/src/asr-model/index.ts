export { asrExamples, type AsrExample } from './asr-examples.ts';
export { TEST_MODEL_NAME, unpackTestModel } from './test-model.ts';
export { wordErrors, words } from './word-errors.ts';
