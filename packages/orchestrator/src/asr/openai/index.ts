export { createOpenAiRecognizer, type OpenAiRecognizerOptions } from './openai-recognizer.ts';
