/** The part of sherpa-onnx-node that is used; the package has no types of its own. */
declare module 'sherpa-onnx-node' {
  export interface OfflineRecognizerConfig {
    readonly featConfig: { readonly sampleRate: number; readonly featureDim: number };
    readonly modelConfig: {
      readonly whisper: {
        readonly encoder: string;
        readonly decoder: string;
        /** Empty: detected by models that can. */
        readonly language: string;
        readonly task: 'transcribe' | 'translate';
      };
      readonly tokens: string;
      readonly numThreads: number;
      readonly provider: string;
    };
  }

  export class OfflineStream {
    /** Samples from -1 to 1. Fewer than 80 of them crash the process when they are decoded. */
    acceptWaveform(waveform: { readonly samples: Float32Array; readonly sampleRate: number }): void;
  }

  export class OfflineRecognizer {
    /** Aborts the process when a file is broken. */
    constructor(config: OfflineRecognizerConfig);
    createStream(): OfflineStream;
    setConfig(config: OfflineRecognizerConfig): void;
    decode(stream: OfflineStream): void;
    getResult(stream: OfflineStream): { readonly text: string; readonly lang: string };
  }

  const sherpa: { readonly OfflineRecognizer: typeof OfflineRecognizer };
  export default sherpa;
}
