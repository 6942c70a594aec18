export { type TalkOutcome, TalkRun, type TalkRunOptions } from './talk-run.ts';
