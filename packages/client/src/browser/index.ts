export { openBrowserMicrophone, type BrowserMicrophoneOptions } from './browser-microphone.ts';
export { openBrowserPlayer, type BrowserPlayer, type BrowserPlayerOptions } from './browser-player.ts';
export type {
  AudioContextLike,
  AudioNodeLike,
  AudioWorkletNodeLike,
  AudioWorkletNodeOptionsLike,
  BrowserAudio,
  MediaStreamLike,
  MediaStreamTrackLike,
  MessagePortLike,
} from './web-audio.ts';
