import type { ChildCommand, ChildMessage } from './child-messages.ts';
import { loadNativeLibrary, type NativeTts } from './native-tts.ts';

// One model in a process of its own, forked by `ModelProcess`: native code that crashes takes nothing else along.

let tts: NativeTts | undefined;
let isCancelled = false;

async function load({
  library,
  files,
  threads,
  provider,
}: Extract<ChildCommand, { type: 'load' }>): Promise<void> {
  const { OfflineTts } = await loadNativeLibrary(library);
  // One sentence at a time, so that the first can be heard while the next is made.
  tts = await OfflineTts.createAsync({
    model: { ...files, numThreads: threads, provider, debug: 0 },
    maxNumSentences: 1,
  });
  send({ type: 'loaded', sampleRateHz: tts.sampleRate, speakers: tts.numSpeakers });
}

async function speak({ text, speaker, speed }: Extract<ChildCommand, { type: 'speak' }>): Promise<void> {
  if (tts === undefined) throw new Error('no model is loaded');
  isCancelled = false;
  let hasProgress = false;
  const { samples } = await tts.generateAsync({
    text,
    sid: speaker,
    speed,
    // Memory that the native side frees must not be looked at later.
    enableExternalBuffer: false,
    onProgress: ({ samples: sentence }) => {
      hasProgress = true;
      if (!isCancelled) send({ type: 'audio', pcm: toPcm(sentence) });
      return isCancelled ? 0 : 1;
    },
  });
  // Some models give all at the end only.
  if (!hasProgress && !isCancelled) send({ type: 'audio', pcm: toPcm(samples) });
  send({ type: 'done' });
}

function toPcm(samples: Float32Array): Uint8Array {
  const pcm = Buffer.allocUnsafe(samples.length * 2);
  for (let index = 0; index < samples.length; index += 1) {
    const sample = samples[index] ?? 0;
    // Not a number, as broken weights give, becomes silence.
    const clipped = sample >= -1 ? Math.min(1, sample) : sample < -1 ? -1 : 0;
    pcm.writeInt16LE(Math.round(clipped * 32_767), index * 2);
  }
  return pcm;
}

function send(message: ChildMessage): void {
  process.send?.(message);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// The terminal sends these to the whole group; this process ends when its worker is done with it, or gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (command: ChildCommand) => {
  switch (command.type) {
    case 'load':
      load(command).catch((error: unknown) => send({ type: 'load_failed', message: reasonOf(error) }));
      return;
    case 'speak':
      speak(command).catch((error: unknown) => send({ type: 'failed', message: reasonOf(error) }));
      return;
    case 'cancel':
      isCancelled = true;
      return;
    default:
      command satisfies never;
  }
});
