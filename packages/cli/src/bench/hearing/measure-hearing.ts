import { cpuPercent } from '../measure-target.ts';
import type { BenchOptions } from '../bench-options.ts';
import { BenchProcesses } from '../processes/bench-processes.ts';
import { type ProcessUsage, readProcessUsage } from '../processes/process-usage.ts';
import { planSpeech } from '../speech-plan.ts';
import { startServer } from '../start-server.ts';
import { startToneWorker } from '../start-tone-worker.ts';
import { startFixedLlm } from './fixed-llm.ts';
import type { HearingCase, HearingResponder } from './hearing-report.ts';
import { meanFactor, readRecognition } from './read-recognition.ts';
import type { SpokenWav } from './spoken-wav.ts';
import { talk } from './talkers.ts';

/** One case to measure. */
export interface HearingRequest {
  readonly sessions: number;
  readonly responder: HearingResponder;
  readonly options: BenchOptions;
  /** Settings of the server that choose the model. */
  readonly modelSettings: Readonly<Record<string, string>>;
  readonly endpointingMs: number;
  readonly llmDelayMs: number;
  readonly wav: SpokenWav;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** Told what is going on. */
  readonly onProgress: (what: string) => void;
}

const RECOGNIZER_READY = /"childPid":(\d+),"msg":"a process of speech recognition is ready"/g;

/** Lets sessions speak and be answered, and measures server and recognizer. Ends every process it started. */
export async function measureHearing(request: HearingRequest): Promise<HearingCase> {
  const { options, sessions, signal, wav } = request;
  signal.throwIfAborted();
  await using processes = new BenchProcesses();
  await using llm = await startFixedLlm(request.llmDelayMs);
  const onAbort = (): void => void processes.close();
  signal.addEventListener('abort', onAbort);
  try {
    request.onProgress('starting');
    const plan = planSpeech(options, sessions);
    const worker = await startToneWorker(processes, {
      sessions,
      plan,
      leadMs: options.workerLeadMs,
      core: undefined,
    });
    const server = await startServer(processes, {
      kind: 'server',
      sessions,
      worker: worker.address,
      core: undefined,
      cpuProfileDir: options.cpuProfileDir,
      settings: {
        ...request.modelSettings,
        'asr.enabled': 'true',
        'asr.endpointing_ms': String(request.endpointingMs),
        'responder.mode': request.responder,
        'responder.llm.url': llm.url,
        'responder.llm.model': 'fixed',
        // Its lines tell the processes of the recognizer.
        log_level: 'INFO',
      },
    });
    const pids = [...server.process.output.matchAll(RECOGNIZER_READY)].map(([, pid]) => Number(pid));
    const usage = async (): Promise<Usage> => ({
      server: await server.process.usage(),
      recognizer: await usageOf(pids),
    });
    // The first turn pays for what is loaded once.
    await talk({ url: server.url, sessions: 1, wav, seconds: 0, signal });

    request.onProgress(`measuring for ${options.seconds} s`);
    const [usedBefore, countedBefore] = [await usage(), await readRecognition(server.url)];
    const beganMs = performance.now();
    const turns = await talk({ url: server.url, sessions, wav, seconds: options.seconds, signal });
    const tookMs = performance.now() - beganMs;
    const [used, counted] = [await usage(), await readRecognition(server.url)];
    return {
      sessions,
      responder: request.responder,
      turns,
      recognizer: {
        processes: pids.length,
        realTimeFactor: {
          partial: meanFactor(countedBefore, counted, 'partial'),
          final: meanFactor(countedBefore, counted, 'final'),
        },
        partials: counted.partials - countedBefore.partials,
        partialsShed: counted.partialsShed - countedBefore.partialsShed,
        cpuPercent: cpuPercent(usedBefore.recognizer, used.recognizer, tookMs),
        rssBytes: used.recognizer?.rssBytes,
      },
      serverCpuPercent: cpuPercent(usedBefore.server, used.server, tookMs),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

interface Usage {
  readonly server: ProcessUsage;
  readonly recognizer: ProcessUsage | undefined;
}

async function usageOf(pids: readonly number[]): Promise<ProcessUsage | undefined> {
  let sum: ProcessUsage | undefined;
  for (const pid of pids) {
    const usage = await readProcessUsage(pid);
    if (usage === undefined) return undefined;
    sum = {
      cpuSeconds: (sum?.cpuSeconds ?? 0) + usage.cpuSeconds,
      rssBytes: (sum?.rssBytes ?? 0) + usage.rssBytes,
    };
  }
  return sum;
}
