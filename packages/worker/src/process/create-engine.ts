import * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { Engine } from '../engine.ts';
import { createToneEngine } from '../engines/tone/tone-engine.ts';
import { WorkerError } from '../worker-error.ts';
import { numberLike } from '../number-like.ts';
import type { WorkerInput } from './worker-input.ts';

const espeakSchema = z.strictObject({
  threads: numberLike(z.number().int().min(1).max(64)).default(2),
  sample_rate: numberLike(z.number().int().min(8000).max(192_000)).default(48_000),
});

/** Exit code of the tone engine's `exit` fault. */
const FAULT_EXIT_CODE = 70;

/**
 * Makes the engine that a worker process is told to run. Its code is only loaded when it is wanted.
 *
 * @throws WorkerError `BAD_OPTIONS`
 */
export async function createEngine({ engine, engineOptions }: WorkerInput, clock: Clock): Promise<Engine> {
  switch (engine) {
    case 'tone': {
      const { models, ...options } = engineOptions;
      const modelIds = models === undefined ? undefined : String(models).split(',').filter(Boolean);
      const exit = (): never => process.exit(FAULT_EXIT_CODE);
      return createToneEngine({ clock, options, exit, ...(modelIds === undefined ? {} : { modelIds }) });
    }
    case 'espeak': {
      const parsed = espeakSchema.safeParse(engineOptions);
      if (!parsed.success) {
        const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
        throw new WorkerError('BAD_OPTIONS', `espeak options: ${problems.join('; ')}`);
      }
      const { createEspeakEngine } = await import('../engines/espeak/espeak-engine.ts');
      return createEspeakEngine({ threads: parsed.data.threads, sampleRateHz: parsed.data.sample_rate });
    }
    case 'openai': {
      const { createOpenAiEngine } = await import('../engines/openai/openai-engine.ts');
      return createOpenAiEngine({ options: engineOptions, clock });
    }
    case 'sherpa': {
      const { createSherpaEngine } = await import('../engines/sherpa/sherpa-engine.ts');
      return createSherpaEngine({ options: engineOptions, clock });
    }
    default:
      return engine satisfies never;
  }
}
