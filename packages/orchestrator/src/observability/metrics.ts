import type { VadStats } from '@parley/audio/vad';
import {
  type ClientMessageV1,
  ERROR_CODES,
  SESSION_END_REASONS,
  SESSION_STATE_NAMES,
} from '@parley/protocol';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { AsrMetrics } from '../asr/asr-metrics.ts';
import { createAsrCounters } from './asr-counters.ts';
import { type BargeInCounters, createBargeInCounters } from './barge-in-counters.ts';
import { BoundedLabel } from './bounded-label.ts';
import { registerEventLoopDelay } from './event-loop-delay.ts';
import { registerFrameMetrics } from './frame-metrics.ts';
import { createFleetCounters, type FleetCounters } from './fleet-counters.ts';
import { FrameStats } from './frame-stats.ts';
import { makeCounter, makeFirstAudioHistogram, makeSampledCounter } from './instruments.ts';
import { registerSessionGauges, type SessionSample } from './session-gauges.ts';
import { createSpeechCounters, type SpeechCounters } from './speech-counters.ts';
import { registerVadMetrics } from './vad-metrics.ts';

/** Options of {@link createMetrics}. */
export interface MetricsOptions {
  /** Log lines lost so far, as the root logger counts them. Default: not shown. */
  readonly droppedLogLines?: () => number;
}

/**
 * Everything the process counts, for Prometheus. Methods never throw and take any value: labels outside
 * their set are counted as `other`. Times are milliseconds here and seconds in what is shown.
 */
export interface Metrics extends BargeInCounters {
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
  /** What is counted about workers and synthesis. */
  readonly speech: SpeechCounters;
  /** What is counted about places on workers. */
  readonly fleet: FleetCounters;
  /** What is counted about speech recognition. */
  readonly asr: AsrMetrics;
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
  /** Says where the counts of the voice activity engine can be looked at during a scrape. Called once at most. */
  observeVad(stats: () => VadStats): void;
  /** What {@link render} gives, for the `content-type` header. */
  readonly contentType: string;
  /** All metrics in Prometheus' text format. */
  render(): Promise<string>;
  /** Stops the measurement of the event loop. Idempotent. */
  close(): void;
}

const messageTypes: Record<ClientMessageV1['type'], true> = {
  text: true,
  control: true,
  audio_in: true,
  subscribe: true,
  session_update: true,
  played: true,
  cleared: true,
  ping: true,
  end_session: true,
};

/** How many transports the code of a deployment may bring. */
const MAX_TRANSPORTS = 16;

/** Makes the metrics of a process, with those of Node and the process itself. Created and closed by `main.ts`. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const frames = new FrameStats();
  const transports = new BoundedLabel({ learn: MAX_TRANSPORTS });

  registerFrameMetrics(registry, frames);
  const eventLoopDelay = registerEventLoopDelay(registry);
  if (options.droppedLogLines !== undefined) {
    const help = 'Log lines lost because standard output was not read fast enough.';
    makeSampledCounter(registry, 'log_lines_dropped_total', help, options.droppedLogLines);
  }
  collectDefaultMetrics({ register: registry });

  const opened = makeCounter(registry, 'sessions_opened_total', 'Sessions begun.', { transport: transports });
  const closed = makeCounter(registry, 'sessions_closed_total', 'Sessions ended.', {
    transport: transports,
    reason: new BoundedLabel({ known: SESSION_END_REASONS }),
  });
  const states = new BoundedLabel({ known: SESSION_STATE_NAMES });
  const transitions = makeCounter(registry, 'session_transitions_total', 'Changes of state.', {
    transport: transports,
    from: states,
    to: states,
  });
  const refused = makeCounter(
    registry,
    'session_transitions_refused_total',
    'Forbidden changes of state, refused.',
  );
  const messages = makeCounter(registry, 'messages_received_total', 'Messages of clients.', {
    type: new BoundedLabel({ known: Object.keys(messageTypes) }),
  });
  const errors = makeCounter(registry, 'errors_total', 'Errors sent to clients.', {
    code: new BoundedLabel({ known: ERROR_CODES }),
  });
  const slowConsumers = makeCounter(
    registry,
    'slow_consumers_total',
    'Clients given up because they did not read.',
  );
  const firstAudio = makeFirstAudioHistogram(
    registry,
    'first_audio_seconds',
    'From the arrival of a text to its first frame at the client.',
  );

  return {
    frames,
    ...createBargeInCounters(registry),
    speech: createSpeechCounters(registry),
    fleet: createFleetCounters(registry),
    asr: createAsrCounters(registry),
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
    firstAudio,
    frameSent: (latenessMs) => frames.frameSent(latenessMs),
    underrun: () => frames.underrun(),
    heldBack: (durationMs) => frames.heldBack(durationMs),
    observeSessions: (sessions) => registerSessionGauges(registry, transports, sessions),
    observeVad: (stats) => registerVadMetrics(registry, stats),
    render: () => registry.metrics(),
    close: () => eventLoopDelay.close(),
  };
}
