export { type TalkOutcome, TalkRun, type TalkRunOptions } from './talk-run.ts';
export type { MicrophoneChoice } from './open-microphone.ts';
