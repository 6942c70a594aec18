import { ParleyClientError } from '../client-error.ts';
import { createEndSignal } from '../microphone/end-signal.ts';
import type { Microphone } from '../microphone/microphone.ts';
import { browserAudio, workletUrl, type BrowserAudio, type MediaStreamLike } from './web-audio.ts';

/** Options of {@link openBrowserMicrophone}. */
export interface BrowserMicrophoneOptions {
  /** Rate of what it hands out, not above the device's. Default 16,000. */
  readonly sampleRateHz?: number;
  /** Which microphone, and what the browser does for it. Default: echo, noise and level are taken care of. */
  readonly constraints?: object;
  /** Address of `microphone-worklet.js` where it is not beside this module, as after bundling. */
  readonly workletUrl?: string;
  /** The audio API; for tests. */
  readonly audio?: BrowserAudio;
}

const FRAME_MS = 20;

const DEFAULT_CONSTRAINTS = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
} as const;

/**
 * Asks for the microphone. The browser asks the user the first time; call it from a click.
 *
 * @throws ParleyClientError `MICROPHONE_FAILED` when there is none, or it may not be used
 */
export async function openBrowserMicrophone(options: BrowserMicrophoneOptions = {}): Promise<Microphone> {
  const { sampleRateHz = 16_000, constraints = DEFAULT_CONSTRAINTS, audio = browserAudio } = options;
  let stream: MediaStreamLike | undefined;
  try {
    stream = await audio.getUserMedia({ audio: constraints });
    return await capture(stream, sampleRateHz, audio, options.workletUrl);
  } catch (error) {
    stopTracks(stream);
    throw new ParleyClientError('MICROPHONE_FAILED', `The browser gave no microphone: ${String(error)}`, {
      cause: error,
    });
  }
}

async function capture(
  stream: MediaStreamLike,
  sampleRateHz: number,
  audio: BrowserAudio,
  url: string | undefined,
): Promise<Microphone> {
  // At the rate of the device: not every browser connects a microphone to a context of another rate.
  const context = audio.createContext({});
  await context.audioWorklet.addModule(url ?? workletUrl('microphone-worklet', import.meta.url));
  const source = context.createMediaStreamSource(stream);
  const node = audio.createWorkletNode(context, 'parley-microphone', {
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
    processorOptions: { outputRateHz: sampleRateHz, frameSamples: (FRAME_MS * sampleRateHz) / 1000 },
  });
  const { ended, end } = createEndSignal();
  for (const track of stream.getTracks()) track.addEventListener('ended', end);
  let isClosed = false;
  return {
    sampleRateHz,
    ended,
    start(listener) {
      node.port.addEventListener('message', ({ data }) => {
        if (data instanceof Int16Array && data.buffer instanceof ArrayBuffer)
          listener(new Int16Array(data.buffer));
      });
      node.port.start();
      source.connect(node);
      // A context that is not allowed to run yet begins with the user's next click.
      context.resume().catch(() => {});
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      node.port.close();
      source.disconnect();
      stopTracks(stream);
      end();
      await context.close();
    },
  };
}

function stopTracks(stream: MediaStreamLike | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
