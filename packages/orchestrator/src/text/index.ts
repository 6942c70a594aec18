export { hasWords } from './has-words.ts';
export { joinTexts } from './join-texts.ts';
export { DEFAULT_SEGMENT_LIMITS, type SegmentLimits } from './segment-limits.ts';
export { segmentText, type SegmentTextOptions, type SegmentedText } from './segmenter.ts';
export { isSpeakable, spokenText, type SpokenTextOptions } from './spoken-text.ts';
export { wordsOf } from './words-of.ts';
export { wholeSentences } from './whole-sentences.ts';
