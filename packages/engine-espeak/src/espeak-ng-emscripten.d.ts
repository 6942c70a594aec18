/** The part of espeak-ng's WebAssembly build that is used here; the package ships no types. */
declare module '@echogarden/espeak-ng-emscripten' {
  export interface EspeakEvent {
    readonly type:
      | 'list_terminated'
      | 'word'
      | 'sentence'
      | 'mark'
      | 'play'
      | 'end'
      | 'msg_terminated'
      | 'phoneme'
      | 'samplerate';
    /** Code points before this one, plus 1. */
    readonly text_position: number;
    /** Code points. */
    readonly word_length: number;
    /** Milliseconds from the start of the audio. */
    readonly audio_position: number;
  }

  export interface EspeakSpeaker {
    /** 0 when the voice exists; else the voice stays what it was. */
    set_voice(name: string): number;
    /** Words per minute, 175 by default. */
    set_rate(wordsPerMinute: number): number;
    get_samplerate(): number;
    /**
     * Blocks until done. `onPiece` gets owned samples, about 100 ms a piece; it returns true to stop and
     * must not throw.
     */
    synthesize(text: string, onPiece: (samples: Int16Array, events: EspeakEvent[]) => boolean): void;
  }

  export interface EspeakModule {
    readonly eSpeakNGWorker: new () => EspeakSpeaker;
  }

  export default function load(): Promise<EspeakModule>;
}
