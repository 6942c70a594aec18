/** The part of sherpa-onnx-node's `OfflineTts` that is used. */
export interface NativeTts {
  readonly sampleRate: number;
  readonly numSpeakers: number;
  /** Calls `onProgress` with each sentence; it returns 0 to stop. */
  generateAsync(request: {
    readonly text: string;
    readonly sid: number;
    readonly speed: number;
    readonly enableExternalBuffer: boolean;
    readonly onProgress: (info: { readonly samples: Float32Array }) => number;
  }): Promise<{ readonly samples: Float32Array }>;
}

interface NativeLibrary {
  readonly OfflineTts: { createAsync(config: object): Promise<NativeTts> };
}

/** Loads the native library. @throws what the module system throws, or Error when it is another one */
export async function loadNativeLibrary(name: string): Promise<NativeLibrary> {
  const module: unknown = await import(name);
  for (const candidate of [module, fieldOf(module, 'default')]) {
    if (isLibrary(candidate)) return candidate;
  }
  throw new Error(`${name} has no OfflineTts.createAsync; sherpa-onnx-node 1.13 has`);
}

function isLibrary(value: unknown): value is NativeLibrary {
  return typeof fieldOf(fieldOf(value, 'OfflineTts'), 'createAsync') === 'function';
}

function fieldOf(value: unknown, key: string): unknown {
  const isHolder = (typeof value === 'object' || typeof value === 'function') && value !== null;
  return isHolder ? (Reflect.get(value, key) as unknown) : undefined;
}
