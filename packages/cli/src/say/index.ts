export { checkOutputs, type OutputChoice } from './open-outputs.ts';
export { type TextSource, textSource } from './read-text.ts';
export { type SayOutcome, SayRun, type SayRunOptions } from './say-run.ts';
