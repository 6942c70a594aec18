import { bytesFromSamples } from '@parley/audio';
import type { AudioSink, ParleySession } from '@parley/client';
import { createPcmPlayer, type PcmOutput } from '@parley/client/node';
import type { CliError } from '../cli-error.ts';
import { findPlayer, noPlayerAdvice, openLateWavFile } from '../speech-output/index.ts';
import { Playback } from './playback.ts';

/** Options of {@link TalkOutput.open}. */
export interface TalkOutputOptions {
  /** WAV file to save the speech in, as it was heard; absent: it is played, where something can play. */
  readonly record?: string;
  /** Called when nothing can be saved any more. */
  readonly onRecordingFailed: (error: CliError) => void;
  /** Called when nothing is played any more. */
  readonly onPlayerFailed: (error: CliError) => void;
}

/** Where the speech of a conversation goes. Who opens it closes it. */
export class TalkOutput {
  /** Plays in real time: what the server is told of it is what was heard. */
  readonly sink: AudioSink;
  /** Says where the speech goes, for people. */
  readonly note: string;
  readonly #playback: Playback | undefined;
  #received = 0;
  #hasRecorded = false;
  #session: ParleySession | undefined;

  private constructor(output: PcmOutput, note: string, playback?: Playback) {
    this.sink = createPcmPlayer({ output });
    this.note = note;
    this.#playback = playback;
  }

  /**
   * Opens it. Where nothing can play, speech is not heard and yet takes its time, so that a conversation is the
   * same everywhere. A recording is made, or replaced, with its first sample.
   */
  static async open(options: TalkOutputOptions): Promise<TalkOutput> {
    const { record, onPlayerFailed, onRecordingFailed } = options;
    if (record !== undefined) {
      const onBroken = (error?: CliError): void => {
        if (error !== undefined) onRecordingFailed(error);
      };
      const file = openLateWavFile({ path: record, events: { onBroken } });
      const output: PcmOutput = {
        write: (samples) => {
          file.write(bytesFromSamples(samples));
          recorded.#hasRecorded = true;
        },
        close: () => file.finish(),
      };
      const recorded = new TalkOutput(output, `The speech is saved in ${record}.`);
      return recorded;
    }
    const player = await findPlayer();
    if (player === undefined) {
      const nowhere: PcmOutput = { write() {}, close: () => Promise.resolve() };
      return new TalkOutput(
        nowhere,
        `Nothing here can play the speech: ${noPlayerAdvice} Or save it with --record file.wav.`,
      );
    }
    const playback = new Playback({ player, onFailed: onPlayerFailed });
    const output: PcmOutput = {
      write: (samples) => playback.write(bytesFromSamples(samples)),
      close: () => playback.finished(),
    };
    return new TalkOutput(output, `The speech is played by ${player.command}.`, playback);
  }

  /** Whether something has been written into the recording. */
  get hasRecorded(): boolean {
    return this.#hasRecorded;
  }

  /** Follows a session whose sink is {@link sink}. */
  follow(session: ParleySession): void {
    this.#session = session;
    session.on('audio', ({ samples }) => {
      this.#received += samples.length;
    });
    session.on('cleared', () => {
      this.#received = this.sink.playedSamples;
      // What the player program has in hand must not be heard either.
      this.#playback?.stop();
    });
    session.on('utteranceEnd', () => {
      // The program is told that it has the last word, or it would wait for more before it plays it.
      void this.played().then(() => this.#playback?.endUtterance());
    });
  }

  /** Resolves when all that came has been played; never while it is held. */
  async played(): Promise<void> {
    while (this.sink.playedSamples < this.#received) await this.#session?.once('played');
  }

  /** Silences everything at once. */
  silence(): void {
    this.#playback?.stop();
  }

  /** Resolves when everything has been saved and played. Idempotent. */
  close(): Promise<void> {
    return this.sink.close();
  }
}
