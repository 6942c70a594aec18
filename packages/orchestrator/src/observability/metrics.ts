import { type ClientMessage, ERROR_CODES, SESSION_END_REASONS, SESSION_STATE_NAMES } from '@parley/protocol';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { BoundedLabel } from './bounded-label.ts';
import { registerEventLoopDelay } from './event-loop-delay.ts';
import { registerFrameMetrics } from './frame-metrics.ts';
import { FrameStats } from './frame-stats.ts';
import { registerSessionGauges, type SessionSample } from './session-gauges.ts';

/** Options of {@link createMetrics}. */
export interface MetricsOptions {
  /** Log lines lost so far, as the root logger counts them. Default: not shown. */
  readonly droppedLogLines?: () => number;
}

/**
 * Everything the process counts, for Prometheus. Methods never throw and take any value: labels outside
 * their set are counted as `other`. Times are milliseconds here and seconds in what is shown.
 */
export interface Metrics {
  /** A session began. */
  sessionOpened(transport: string): void;
  /** A session ended; `reason` as in `session_end`. */
  sessionClosed(transport: string, reason: string): void;
  /** A conversation went from one state to another. */
  stateChanged(transport: string, from: string, to: string): void;
  /** A forbidden transition was refused. */
  transitionRefused(): void;
  /** A client's message was understood; `type` as in the protocol. */
  messageReceived(type: string): void;
  /** A client was told of an error; `code` of the protocol's table. */
  errorSent(code: string): void;
  /** From the arrival of a text to its first frame at the client. */
  firstAudio(totalMs: number): void;
  /** From a request to a worker to the worker's first audio. */
  workerFirstAudio(workerMs: number): void;
  /** A worker was chosen by `strategy`. */
  workerChosen(strategy: string): void;
  /** A worker, or the search for one, failed. `reason` is from a small fixed set, never a message. */
  workerFailure(reason: string): void;
  /** The synthesis of a segment ended: `completed`, `cancelled`, `unavailable` or `failed`. */
  synthesisEnded(kind: string): void;
  /** A frame was written `latenessMs` after its time on the sample clock. Cheap: called for every frame. */
  frameSent(latenessMs: number): void;
  /** A client's buffer ran dry in the middle of an utterance. */
  underrun(): void;
  /** Playout held frames back because a client did not read. */
  heldBack(durationMs: number): void;
  /** The counters behind {@link frameSent}, {@link underrun} and {@link heldBack}. */
  readonly frames: FrameStats;
  /** Says where open sessions can be looked at during a scrape. Called once. */
  observeSessions(sessions: () => Iterable<SessionSample>): void;
  /** What {@link render} gives, for the `content-type` header. */
  readonly contentType: string;
  /** All metrics in Prometheus' text format. */
  render(): Promise<string>;
  /** Stops the measurement of the event loop. Idempotent. */
  close(): void;
}

const messageTypes: Record<ClientMessage['type'], true> = {
  text: true,
  control: true,
  audio_in: true,
  subscribe: true,
};

const MS_PER_SECOND = 1000;
const firstAudioBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5];

/** How many names of one kind (transports, strategies, ...) the code of a deployment may bring. */
const MAX_NAMES = 16;

/** Makes the metrics of a process, with those of Node and the process itself. Created and closed by `main.ts`. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const frames = new FrameStats();
  const count = counterFactory(registry);
  const observe = histogramFactory(registry);
  const transports = new BoundedLabel({ learn: MAX_NAMES });

  registerFrameMetrics(registry, frames);
  const eventLoopDelay = registerEventLoopDelay(registry);
  if (options.droppedLogLines !== undefined) registerDroppedLogLines(registry, options.droppedLogLines);
  collectDefaultMetrics({ register: registry });

  const opened = count('sessions_opened_total', 'Sessions begun.', { transport: transports });
  const closed = count('sessions_closed_total', 'Sessions ended.', {
    transport: transports,
    reason: new BoundedLabel({ known: SESSION_END_REASONS }),
  });
  const states = new BoundedLabel({ known: SESSION_STATE_NAMES });
  const transitions = count('session_transitions_total', 'Changes of state.', {
    transport: transports,
    from: states,
    to: states,
  });
  const refused = count('session_transitions_refused_total', 'Forbidden changes of state, refused.', {});
  const messages = count('messages_received_total', 'Messages of clients.', {
    type: new BoundedLabel({ known: Object.keys(messageTypes) }),
  });
  const errors = count('errors_total', 'Errors sent to clients.', {
    code: new BoundedLabel({ known: ERROR_CODES }),
  });
  const slowConsumers = count('slow_consumers_total', 'Clients given up because they did not read.', {});
  const chosen = count('worker_choices_total', 'Workers chosen.', {
    strategy: new BoundedLabel({ learn: MAX_NAMES }),
  });
  const failures = count('worker_failures_total', 'Failures of workers.', {
    reason: new BoundedLabel({ learn: MAX_NAMES }),
  });
  const syntheses = count('syntheses_total', 'Segments given to workers, by how they ended.', {
    result: new BoundedLabel({ learn: MAX_NAMES }),
  });
  const total = observe(
    'first_audio_seconds',
    'From the arrival of a text to its first frame at the client.',
  );
  const worker = observe(
    'worker_first_audio_seconds',
    "From a request to a worker to the worker's first audio.",
  );

  return {
    frames,
    contentType: registry.contentType,
    sessionOpened: (transport) => opened(transport),
    sessionClosed: (transport, reason) => closed(transport, reason),
    stateChanged: (transport, from, to) => transitions(transport, from, to),
    transitionRefused: () => refused(),
    messageReceived: (type) => messages(type),
    errorSent: (code) => {
      errors(code);
      if (code === 'SLOW_CONSUMER') slowConsumers();
    },
    firstAudio: total,
    workerFirstAudio: worker,
    workerChosen: (strategy) => chosen(strategy),
    workerFailure: (reason) => failures(reason),
    synthesisEnded: (kind) => syntheses(kind),
    frameSent: (latenessMs) => frames.frameSent(latenessMs),
    underrun: () => frames.underrun(),
    heldBack: (durationMs) => frames.heldBack(durationMs),
    observeSessions: (sessions) => registerSessionGauges(registry, transports, sessions),
    render: () => registry.metrics(),
    close: () => eventLoopDelay.close(),
  };
}

type Count = (...values: readonly string[]) => void;

/** Makes counters that take the values of their labels in the order in which the labels are given. */
function counterFactory(
  registry: Registry,
): (name: string, help: string, labels: Readonly<Record<string, BoundedLabel>>) => Count {
  return (name, help, labels) => {
    const sets = Object.values(labels);
    const counter = new Counter({
      name: `parley_${name}`,
      help,
      labelNames: Object.keys(labels),
      registers: [registry],
    });
    return (...values) => counter.labels(...sets.map((set, index) => set.of(values[index] ?? ''))).inc();
  };
}

function histogramFactory(registry: Registry): (name: string, help: string) => (valueMs: number) => void {
  return (name, help) => {
    const histogram = new Histogram({
      name: `parley_${name}`,
      help,
      buckets: firstAudioBuckets,
      registers: [registry],
    });
    return (valueMs) => {
      if (Number.isFinite(valueMs)) histogram.observe(Math.max(0, valueMs) / MS_PER_SECOND);
    };
  };
}

function registerDroppedLogLines(registry: Registry, droppedLogLines: () => number): void {
  const counter: Counter = new Counter({
    name: 'parley_log_lines_dropped_total',
    help: 'Log lines lost because standard output was not read fast enough.',
    registers: [registry],
    collect: () => {
      counter.reset();
      counter.inc(droppedLogLines());
    },
  });
}
