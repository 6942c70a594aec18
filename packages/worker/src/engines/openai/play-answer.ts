import type { AudioSink } from '../../engine.ts';
import { type AnswerDecoder, joinBytes } from './answer-decoder.ts';
import { bytesToTell, chooseDecoder } from './choose-decoder.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { SpeechServerError } from './speech-error.ts';

/** What {@link playAnswer} needs. */
export interface PlayOptions {
  readonly answer: HttpAnswer;
  /** Rate of bare PCM that does not tell it. */
  readonly pcmRateHz: number;
  readonly sink: AudioSink;
  readonly signal: AbortSignal;
  /** Called with every piece of audio: from then on the text cannot be tried again. */
  readonly onAudio: () => void;
}

/** Gives the audio of an answer to the sink while it comes. @throws WorkerError when it is not whole, or no audio */
export async function playAnswer({ answer, pcmRateHz, sink, signal, onAudio }: PlayOptions): Promise<void> {
  let decoder: AnswerDecoder | undefined;
  let start: Uint8Array = new Uint8Array(0);
  const give = async (bytes: Uint8Array): Promise<void> => {
    const decoded = decoder?.decode(bytes);
    if (decoded === undefined || signal.aborted) return;
    onAudio();
    if (!sink.audio(decoded.pcm, decoded.sampleRateHz)) await sink.ready();
  };
  try {
    for await (const piece of answer.pieces) {
      if (signal.aborted) return;
      if (decoder !== undefined) {
        await give(piece);
        continue;
      }
      start = joinBytes(start, piece);
      if (start.length < bytesToTell(start)) continue;
      decoder = chooseDecoder(start, answer.contentType, pcmRateHz);
      await give(start);
    }
    if (decoder === undefined) {
      if (start.length === 0) {
        throw new SpeechServerError('ENGINE_FAILED', 'the speech server sent no audio', { retryable: true });
      }
      decoder = chooseDecoder(start, answer.contentType, pcmRateHz);
      await give(start);
    }
    decoder.end();
  } finally {
    decoder?.close();
  }
}
