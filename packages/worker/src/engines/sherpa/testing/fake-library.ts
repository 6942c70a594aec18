import { setTimeout as sleep } from 'node:timers/promises';

// Stands in for sherpa-onnx-node in a model's process. What it does is in the text, and in the names of the files.

const SAMPLES_PER_CHARACTER = 100;

interface FakeRequest {
  readonly text: string;
  readonly sid: number;
  readonly speed: number;
  readonly onProgress: (info: { samples: Float32Array; progress: number }) => number;
}

/** Each sample is `(sid + 1) / 100`, or a value that must be put right. */
class FakeTts {
  readonly sampleRate = 22_050;
  readonly numSpeakers = 3;

  static async createAsync({ model }: { readonly model: object }): Promise<FakeTts> {
    const files = JSON.stringify(model);
    if (files.includes('aborts')) {
      process.stderr.write('/sherpa/session.cc: cannot parse the model\n');
      process.kill(process.pid, 'SIGABRT');
      await new Promise(() => undefined);
    }
    if (files.includes('hangs')) await new Promise(() => undefined);
    if (files.includes('throws')) throw new Error('wrong sample rate in the model');
    return new FakeTts();
  }

  async generateAsync({ text, sid, speed, onProgress }: FakeRequest): Promise<{ samples: Float32Array }> {
    if (text.includes('crash')) process.kill(process.pid, 'SIGSEGV');
    if (text.includes('hang')) await new Promise(() => undefined);
    if (text.includes('throw')) throw new Error('a token is not in the lexicon');
    const samples = new Float32Array(Math.round((text.length * SAMPLES_PER_CHARACTER) / speed)).fill(
      (sid + 1) / 100,
    );
    if (text.includes('odd')) samples.set([Number.NaN, 7, -7]);
    if (text.includes('whole')) return { samples };
    const half = samples.length >> 1;
    const wantsMore = onProgress({ samples: samples.subarray(0, half), progress: 0.5 });
    if (wantsMore === 0) return { samples: samples.subarray(0, half) };
    // The rest comes when nobody is stopping it any more.
    while (text.includes('endless') && onProgress({ samples: new Float32Array(100), progress: 0.5 }) === 1) {
      await sleep(1);
    }
    onProgress({ samples: samples.subarray(half), progress: 1 });
    return { samples };
  }
}

export { FakeTts as OfflineTts };
