import type { NativeModelFiles } from './model-files.ts';

/** What a model's process is told. */
export type ChildCommand =
  | {
      readonly type: 'load';
      /** The native library: a package name, or a module's URL. */
      readonly library: string;
      readonly files: NativeModelFiles;
      readonly threads: number;
      readonly provider: string;
    }
  /** Sent only when the last text was `done` or `failed`. */
  | { readonly type: 'speak'; readonly text: string; readonly speaker: number; readonly speed: number }
  /** The text being spoken is not wanted any more; it still ends with `done` or `failed`. */
  | { readonly type: 'cancel' };

/** What a model's process tells. */
export type ChildMessage =
  | { readonly type: 'loaded'; readonly sampleRateHz: number; readonly speakers: number }
  | { readonly type: 'load_failed'; readonly message: string }
  /** s16le mono. */
  | { readonly type: 'audio'; readonly pcm: Uint8Array }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly message: string };

/** Reads a message of a model's process; `undefined` for what is none. */
export function parseChildMessage(value: unknown): ChildMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, sampleRateHz, speakers, message, pcm }: Readonly<Record<string, unknown>> = { ...value };
  switch (type) {
    case 'loaded':
      if (typeof sampleRateHz !== 'number' || !(sampleRateHz >= 8000 && sampleRateHz <= 192_000))
        return undefined;
      return { type, sampleRateHz, speakers: typeof speakers === 'number' ? Math.max(1, speakers) : 1 };
    case 'audio':
      return pcm instanceof Uint8Array ? { type, pcm } : undefined;
    case 'done':
      return { type };
    case 'load_failed':
    case 'failed':
      return { type, message: typeof message === 'string' ? message : 'no reason given' };
    default:
      return undefined;
  }
}
