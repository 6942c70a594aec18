// What it costs to choose a worker. Run as `node select-worker.bench.ts [workers]`; prints a Markdown table.
import { FakeClock } from '@parley/testkit';
import type { LoadBalanceStrategy } from '../config/index.ts';
import type { KnownWorker } from '../registry/worker-registry.ts';
import { MemoryLeaseBook } from './memory-lease-book.ts';
import { selectFrom } from './select-worker.ts';
import { WorkerBreakers } from './worker-breakers.ts';
import { WorkerIndex } from './worker-index.ts';
import type { WorkerRequest } from './worker-request.ts';

const clock = new FakeClock(1_900_000_000_000);
const CHOICES = 20_000;
const CHANGES = 40;
const LANGUAGES = ['en', 'de', 'fr', 'es', 'pt-BR', 'zh', 'ja', 'hi'];

function workerRecord(index: number): KnownWorker {
  const language = LANGUAGES[index % LANGUAGES.length] ?? 'en';
  return {
    name: `worker-${index}`,
    addr: `grpc://10.0.${index >> 8}.${index & 255}:7001`,
    capabilities: {
      streaming: true,
      zero_shot: index % 3 === 0,
      languages: ['en', language],
      max_concurrent_sessions: 32,
    },
    resident_models: [`model-${index % 10}`],
    models: Array.from({ length: 10 }, (_, model) => ({
      model_id: `model-${model}`,
      family: 'f',
      languages: [language],
      is_loaded: model === index % 10,
      voices: [`voice-${index % 4}`],
    })),
    metrics: { rtf: 0.1, queue_depth: (index * 7919) % 32, p50_latency_ms: 50 + ((index * 104_729) % 200) },
    heardAtMs: clock.nowMs(),
  };
}

const count = Number(process.argv[2] ?? '10000');
const workers = Array.from({ length: count }, (_, index) => workerRecord(index));
const leases = new MemoryLeaseBook();
const breakers = new WorkerBreakers(clock);
const requests: readonly (readonly [string, WorkerRequest])[] = [
  ['any worker', {}],
  ['language', { language: 'de-AT' }],
  ['language and model', { language: 'en', modelId: 'model-3' }],
  ['the same worker again', { language: 'en', previousWorker: `worker-${count >> 1}` }],
  ['two workers refused', { language: 'en', exclude: new Set(['worker-1', 'worker-2']) }],
];
const strategies: readonly LoadBalanceStrategy[] = ['queue_depth', 'round_robin', 'latency', 'random'];

let turn = 0;
function choose(index: WorkerIndex, request: WorkerRequest, strategy: LoadBalanceStrategy): void {
  turn += 1;
  const selection = selectFrom(index, request, {
    nowMs: clock.nowMs(),
    staleAfterMs: 30_000,
    strategy,
    random: Math.random,
    turn,
    admits: (worker) => breakers.admits(worker),
    activeSessions: (name) => leases.activeSessions(name),
    observedFirstAudioMs: () => 0,
  });
  if (selection.kind === 'none') throw new Error(selection.message);
}

/** CPU time of one choice in microseconds: in the long run, and of the first one after the workers have changed. */
function measure(request: WorkerRequest, strategy: LoadBalanceStrategy): readonly number[] {
  let index = new WorkerIndex(workers, true);
  const firstUs = cpuUsOf(CHANGES, () => {
    index = new WorkerIndex(workers, true);
    choose(index, request, strategy);
  });
  return [cpuUsOf(CHOICES, () => choose(index, request, strategy)), firstUs];
}

function cpuUsOf(times: number, work: () => void): number {
  work();
  const before = process.cpuUsage();
  for (let done = 0; done < times; done += 1) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

const lines = [
  `| request, among ${count} workers | strategy | choice, µs | first after a change, µs |`,
  '| --- | --- | ---: | ---: |',
];
for (const [name, request] of requests) {
  for (const strategy of strategies) {
    const numbers = measure(request, strategy).map((value) => value.toFixed(1));
    lines.push(`| ${[name, strategy, ...numbers].join(' | ')} |`);
  }
}
process.stdout.write(`${lines.join('\n')}\n`);
