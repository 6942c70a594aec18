import { loadResampler, type ResamplerFactory } from '@parley/audio';
import type { SessionSettings } from '@parley/protocol';
import { openAsr, resolveRecognition, type AsrEngine } from './asr/index.ts';
import { AttentiveClock } from './clock/attentive-clock.ts';
import { createSystemClock } from './clock/system-clock.ts';
import { type OrchestratorConfig, settingsWithoutEffect } from './config/index.ts';
import { startEmbeddedWorker, type EmbeddedWorker } from './embedded-worker/index.ts';
import { createHealthSource } from './health-source.ts';
import { createHttpServer } from './http/index.ts';
import { createMetrics, type RootLogger } from './observability/index.ts';
import { openFleet } from './open-fleet.ts';
import { ParleyError } from './parley-error.ts';
import { createPlayoutScheduler } from './playout/playout-scheduler.ts';
import type { WorkerAnnouncements } from './registry/index.ts';
import { openResponders, type OpenedResponders, type OwnResponders } from './responder/index.ts';
import { sessionOptionsOf, sessionSettingsOf } from './session-options.ts';
import type { Clock } from './session/ports/clock.ts';
import { SpeechOutcomes } from './speech-outcomes.ts';
import { SessionManager } from './session/session-manager.ts';
import { Teardown } from './teardown.ts';
import type { Transport } from './transport/base.ts';
import { WebSocketTransport } from './transport/websocket/websocket-transport.ts';
import { createWorkerPool } from './tts/index.ts';
import { openVad, type Vad } from './vad/index.ts';

/** Options of {@link startOrchestrator}. */
export interface OrchestratorOptions {
  readonly config: OrchestratorConfig;
  readonly logger: RootLogger;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Agents of one's own that answer in place of Parley's. Default: none. */
  readonly responders?: OwnResponders;
}

/** An orchestrator that serves. */
export interface RunningOrchestrator extends AsyncDisposable {
  /** Where the page and the HTTP side are: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Where WebSocket clients connect: `ws://127.0.0.1:8080`. */
  readonly webSocketUrl: string;
  /**
   * Takes nothing new, lets what is being said finish for up to `graceful_shutdown_timeout_s`, tells every
   * client, then closes. Settles when everything is freed. Idempotent.
   */
  drain(): Promise<void>;
  /** Ends every session now and frees everything. Idempotent; cuts a `drain` short. */
  close(): Promise<void>;
}

const MS_PER_SECOND = 1000;
/** How long clients may take to answer the closing handshake of a drain before they are cut. */
const GOODBYE_MS = 2500;

/**
 * Wires all parts and starts to serve. This is the one place that knows concrete adapters: a new transport,
 * registry or routing strategy is chosen here.
 *
 * @throws ParleyError when the address cannot be bound, the embedded worker cannot start, or the
 *   configuration asks for what there is not; everything started so far is closed then.
 */
export async function startOrchestrator(options: OrchestratorOptions): Promise<RunningOrchestrator> {
  const { logger } = options;
  const config = await resolveRecognition(options.config);
  const clock = options.clock ?? createSystemClock();
  const teardown = new Teardown(logger);
  try {
    return await start({ ...options, config, clock }, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function start(
  { config, logger, clock, responders: own }: OrchestratorOptions & { readonly clock: Clock },
  teardown: Teardown,
): Promise<RunningOrchestrator> {
  const { websocket, livekit } = config.transport;
  if (livekit.enabled) {
    throw new ParleyError(
      'UNSUPPORTED',
      'transport.livekit.enabled is true, but LiveKit is not available in this version: set it to false',
    );
  }
  for (const { key, value, why } of settingsWithoutEffect(config)) {
    logger.warn({ key, value, why }, 'a setting has no effect');
  }
  const metrics = createMetrics({ droppedLogLines: () => logger.droppedLines });
  teardown.add('metrics', () => metrics.close());

  // Made late, so that a port in use is found first; closed late, so that it outlives the sessions.
  let worker: EmbeddedWorker | undefined;
  teardown.add('embedded worker', () => worker?.close());
  const { router, registry, leaseStatus, announcements, loadLock, operations } = openFleet(
    config,
    clock,
    logger,
    teardown,
    metrics.fleet,
  );

  const speech = new SpeechOutcomes(() => clock.nowMs());
  const resamplers = await loadResampler();
  const asr = config.asr.enabled
    ? await openAsr(config.asr, { clock, logger, metrics: metrics.asr })
    : undefined;
  if (asr !== undefined) teardown.add('speech recognition', () => asr.close());
  const vad = config.vad.enabled ? await openListening(config, clock, resamplers, asr) : undefined;
  if (vad !== undefined) {
    teardown.add('voice activity', () => vad.close());
    metrics.observeVad(() => vad.stats());
  }
  const responders = openResponders({
    config: config.responder,
    clock,
    logger,
    ...(own !== undefined && { own }),
  });

  // A freeze of this process is not the silence of its workers.
  const awake = new AttentiveClock(clock);
  teardown.add('deadlines', () => awake.close());
  const workerPool = createWorkerPool({
    router,
    loadLock,
    clock: awake,
    logger,
    resamplers,
    metrics: speech.watch(metrics.speech),
    startSessionTimeoutMs: config.routing.start_session_timeout_ms,
    firstFrameTimeoutMs: config.routing.first_frame_timeout_ms,
    frameGapTimeoutMs: config.routing.frame_gap_timeout_ms,
    segmentTimeoutMs: config.routing.segment_timeout_ms,
    slotLingerMs: config.routing.slot_linger_ms,
    ...(config.routing.fallback_model !== undefined && { fallbackModel: config.routing.fallback_model }),
  });
  teardown.add('worker pool', () => workerPool.close());

  const scheduler = createPlayoutScheduler({ clock });
  teardown.add('playout', () => scheduler.close());

  const sessions = new SessionManager({
    workerPool,
    scheduler,
    clock,
    logger,
    metrics,
    sessionOptions: sessionOptionsOf(config, {
      refuse: (settings) => vad?.refuse(settings) ?? refuseResponder(settings, responders),
      responderFor: (settings) => responders.of(settings.responder.mode),
    }),
    settingsFor: (metadata) => sessionSettingsOf(config, metadata),
    ...(vad !== undefined && { openEars: vad.open }),
  });
  metrics.observeSessions(() => sessions.sessions);

  const webSocket = new WebSocketTransport({
    host: sessions,
    clock,
    logger,
    policy: {
      allowedOrigins: config.security.allowed_origins,
      maxConnections: websocket.max_connections,
    },
    limits: {
      messagesPerSecond: websocket.max_messages_per_second,
      maxMessageBytes: websocket.max_message_bytes,
    },
    leadMs: { base: websocket.playout_lead_ms, v1: websocket.v1_playout_lead_ms },
    resamplers,
    pingIntervalMs: websocket.ping_interval_seconds * MS_PER_SECOND,
    onRefused: (code) => metrics.errorSent(code),
  });
  // A further transport is made here and added to this list.
  const transports: readonly Transport[] = websocket.enabled ? [webSocket] : [];
  const http = createHttpServer({
    host: websocket.host,
    port: websocket.port,
    clock,
    logger,
    metrics,
    health: createHealthSource({
      speech,
      asr,
      router,
      registry,
      leaseStatus,
    }),
    sessions: () => sessions.sessions,
    ...operations,
    headersTimeoutMs: websocket.handshake_timeout_ms,
    ...(websocket.enabled && { onUpgrade: webSocket.upgrade.bind(webSocket) }),
  });
  teardown.add('http', () => http.close());
  for (const transport of transports) teardown.add(transport.name, () => transport.close());
  for (const transport of transports) await transport.start();
  const address = await http.start();
  if (announcements !== undefined) worker = await openEmbeddedWorker(config, clock, logger, announcements);
  if (worker !== undefined) await workerPool.warmUp();

  teardown.add('sessions', () => sessions.drain(0));

  const authority = `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  let draining: Promise<void> | undefined;
  const close = (): Promise<void> => teardown.run();
  return {
    url: `http://${authority}`,
    webSocketUrl: `ws://${authority}`,
    close,
    [Symbol.asyncDispose]: close,
    drain: () => {
      draining ??= drain();
      return draining;
    },
  };

  async function drain(): Promise<void> {
    http.drain();
    for (const transport of transports) transport.drain();
    await sessions.drain(config.graceful_shutdown_timeout_s * MS_PER_SECOND);
    await Promise.all(transports.map((transport) => transport.emptied(GOODBYE_MS)));
    await close();
  }
}

function openListening(
  config: OrchestratorConfig,
  clock: Clock,
  resamplers: ResamplerFactory,
  asr: AsrEngine | undefined,
): Promise<Vad> {
  const maxTurnMs = config.asr.max_turn_seconds * MS_PER_SECOND;
  return openVad({
    config: config.vad,
    clock,
    resamplers,
    ...(asr !== undefined && { recognition: { engine: asr, maxTurnMs } }),
  });
}

/** Why the responder that a session asks for cannot be had here. */
function refuseResponder({ responder }: SessionSettings, responders: OpenedResponders): string | undefined {
  const { mode } = responder;
  if (mode === 'none' || responders.of(mode) !== undefined) return undefined;
  return `"responder.mode" cannot be ${mode} on this server: responder.${mode} is not configured.`;
}

async function openEmbeddedWorker(
  config: OrchestratorConfig,
  clock: Clock,
  logger: RootLogger,
  announcements: WorkerAnnouncements,
): Promise<EmbeddedWorker | undefined> {
  const { embedded } = config.workers;
  if (!embedded.enabled) return undefined;
  return startEmbeddedWorker({
    announcements,
    clock,
    logger,
    engine: embedded.engine,
    maxConcurrentSessions: embedded.max_concurrent_sessions,
    engineOptions: embedded.options,
    ttlMs: config.redis.worker_ttl_seconds * MS_PER_SECOND,
  });
}
