import { parentPort, workerData } from 'node:worker_threads';
import loadEspeak, { type EspeakEvent } from '@echogarden/espeak-ng-emscripten';
import { loadResampler } from '@parley/audio';
import { prepareText } from './prepare-text.ts';
import { SoundTrack } from './sound-track.ts';
import { ControlSlot, type SpeakJob, type SpeakOutcome, type ThreadMessage } from './thread-messages.ts';
import { createWordMarker } from './word-marks.ts';

// Runs in a worker thread: espeak's synthesize() returns only when the whole text is spoken.

if (parentPort === null) throw new Error('synth-thread.ts runs only as a worker thread');
const port = parentPort;
if (!(workerData instanceof Int32Array)) throw new TypeError('workerData must be the shared control array');
const control = workerData;
const [espeak, resamplers] = await Promise.all([loadEspeak(), loadResampler()]);
const speaker = new espeak.eSpeakNGWorker();
const sourceRateHz = speaker.get_samplerate();

function send(message: ThreadMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function speak(job: SpeakJob): void {
  if (speaker.set_voice(job.voice) !== 0) {
    send({ type: 'refused', jobId: job.jobId, problem: `espeak has no voice ${job.voice}` });
    return;
  }
  speaker.set_rate(job.wordsPerMinute);
  const prepared = prepareText(job.text);
  const sound = new SoundTrack(sourceRateHz);
  const marker = createWordMarker(job.text, prepared, sound);
  const resampler = resamplers.create({ fromHz: sourceRateHz, toHz: job.sampleRateHz });
  let sourceSamples = 0;
  let marksSeen = 0;
  let outcome = { kind: 'finished' } as SpeakOutcome;
  let failure: { readonly error: unknown } | undefined;

  const fresh = <Mark>(marks: Mark[]): Mark[] => {
    const skipped = Math.max(0, Math.min(marks.length, job.skipMarks - marksSeen));
    marksSeen += marks.length;
    return marks.slice(skipped);
  };
  const deliver = (samples: Int16Array, marks: ReturnType<typeof marker.take>): void => {
    if (samples.length === 0 && marks.length === 0) return;
    const pcm = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    const transfer = samples.buffer instanceof ArrayBuffer ? [samples.buffer] : [];
    send({ type: 'audio', jobId: job.jobId, pcm, marks }, transfer);
  };
  const onPiece = (samples: Int16Array, events: EspeakEvent[]): boolean => {
    try {
      if (Atomics.load(control, ControlSlot.stopJob) === job.jobId) {
        outcome = { kind: 'stopped' };
        return true;
      }
      const left = Math.max(0, job.skipSamples - sourceSamples);
      if (left < samples.length && Atomics.sub(control, ControlSlot.credit, 1) <= 0) {
        outcome = { kind: 'parked', sourceSamples };
        return true;
      }
      sourceSamples += samples.length;
      sound.push(samples);
      const marks = fresh(marker.take(events));
      if (left < samples.length) deliver(resampler.process(samples.subarray(left)), marks);
      return false;
    } catch (error) {
      // An exception must not unwind through espeak's own stack.
      failure = { error };
      return true;
    }
  };

  try {
    speaker.synthesize(prepared.text, onPiece);
    if (failure !== undefined) throw failure.error;
    if (outcome.kind !== 'stopped') deliver(resampler.flush(), []);
  } finally {
    resampler.close();
  }
  const lastMarks =
    outcome.kind === 'finished' ? fresh(marker.finish((sourceSamples * 1000) / sourceRateHz)) : [];
  send({ type: 'done', jobId: job.jobId, outcome, marks: lastMarks });
}

port.on('message', speak);
send({ type: 'ready' });
