export { CORPUS_RATE_HZ, type Interval } from './signal.ts';
export type { ClipCategory, TurnClip } from './turn-clip.ts';
export {
  corpusEchoLevelsDbfs,
  corpusSnrsDb,
  createTurnCorpus,
  type TurnCorpusOptions,
} from './turn-corpus.ts';
export { recordUser, type UserAction, type UserRecording } from './user-recording.ts';
