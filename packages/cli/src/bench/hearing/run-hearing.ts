import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { BenchOptions } from '../bench-options.ts';
import { describeMachine } from '../machine-info.ts';
import type { BenchContext } from '../run-bench.ts';
import {
  type HearingCase,
  type HearingReport,
  type HearingResponder,
  isHearingSound,
} from './hearing-report.ts';
import { measureHearing } from './measure-hearing.ts';
import { readSpokenWav } from './spoken-wav.ts';

/** What {@link runHearing} does beside what every run does. */
export interface HearingOptions extends BenchOptions {
  /** A model by its name in the cache, or by its directory when it looks like a path. */
  readonly model: string;
  /** WAV file that is said. */
  readonly wavPath: string;
}

/** What {@link runHearing} needs beside its options. */
export interface HearingContext extends Pick<BenchContext, 'command' | 'signal' | 'onProgress'> {
  /** Told each case as soon as it is measured. */
  readonly onHearingCase?: (measured: HearingCase) => void;
}

/** Session counts unless told otherwise. */
export const hearingSessions: readonly number[] = [1, 4, 8];

const ENDPOINTING_MS = 500;
const LLM_DELAY_MS = 300;
const RESPONDERS: readonly HearingResponder[] = ['echo', 'llm'];

/** Measures servers that hear and answer: each session count with the echo and with a language model. */
export async function runHearing(options: HearingOptions, context: HearingContext): Promise<HearingReport> {
  const { onHearingCase, onProgress = () => {}, signal } = context;
  const wav = readSpokenWav(options.wavPath);
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  onProgress(`load average ${machine.loadAverage.toFixed(2)}`);
  const cases: HearingCase[] = [];
  for (const sessions of options.sessions) {
    for (const responder of RESPONDERS) {
      const measured = await measureHearing({
        sessions,
        responder,
        options,
        wav,
        signal,
        modelSettings: modelSettings(options.model),
        endpointingMs: ENDPOINTING_MS,
        llmDelayMs: LLM_DELAY_MS,
        onProgress: (what) => onProgress(`${sessions} with ${responder}: ${what}`),
      });
      cases.push(measured);
      onHearingCase?.(measured);
    }
  }
  return {
    kind: 'hearing',
    version: 1,
    startedAt,
    command: context.command,
    machine,
    model: modelName(options.model),
    speechMs: wav.speechMs,
    endpointingMs: ENDPOINTING_MS,
    llmDelayMs: LLM_DELAY_MS,
    seconds: options.seconds,
    cases,
    sound: cases.every(isHearingSound),
  };
}

function isPath(model: string): boolean {
  return /[/\\]/.test(model);
}

function modelSettings(model: string): Readonly<Record<string, string>> {
  return isPath(model) ? { 'asr.model_path': realpathSync(model) } : { 'asr.model_size': model };
}

function modelName(model: string): string {
  return isPath(model) ? basename(realpathSync(model)) : model;
}
