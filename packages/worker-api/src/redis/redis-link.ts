import { BackOff } from './back-off.ts';
import { failureReason } from './failure-reason.ts';
import { parseRedisAddress, type RedisAddress } from './redis-address.ts';
import type { RedisClock } from './redis-clock.ts';
import { openConnection, type RedisConnection, ReplyError } from './redis-connection.ts';
import { RedisError } from './redis-error.ts';
import type { RedisReply } from './redis-reply.ts';
import type { RedisScript } from './redis-script.ts';
import { withDeadline } from './with-deadline.ts';

/** Options of {@link connectRedis}. */
export interface RedisLinkOptions {
  /** `redis://[[user][:password]@]host[:port][/db]`, or `rediss://` for TLS. One server, not a Redis Cluster. */
  readonly url: string;
  /** Number of the database where the address names none; 0 by default. */
  readonly db?: number;
  /** For TLS: certificates to trust instead of the system's, PEM. */
  readonly caPem?: string;
  /** Shown by Redis in its list of clients, without spaces; `parley` by default. */
  readonly clientName?: string;
  /** Longest wait for an answer where a command says nothing else, in ms; 1000 by default. */
  readonly commandTimeoutMs?: number;
  /** Longest time to connect and log in, in ms; 2000 by default. */
  readonly connectTimeoutMs?: number;
  /** First delay before connecting again, in ms, doubled by each failure; 50 by default. */
  readonly retryMinMs?: number;
  /** Longest such delay, in ms; 2000 by default. */
  readonly retryMaxMs?: number;
  readonly clock: RedisClock;
  readonly logger: RedisLogger;
  /** Numbers between 0 and 1 that spread attempts; `Math.random` by default. */
  readonly random?: () => number;
}

/** The part of a logger that the link uses. */
export interface RedisLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Options of one command. */
export interface CommandOptions {
  /** Longest wait for its answer, in ms. */
  readonly timeoutMs?: number;
}

/** How something that lives in Redis is, for `/health`. */
export type RedisStatus =
  | { readonly kind: 'ok' }
  /**
   * Works with less than it should have. `sinceWallMs` is when that began, in ms since the Unix epoch, however `why`
   * has changed since; `why` is fit for the public.
   */
  | { readonly kind: 'degraded'; readonly sinceWallMs: number; readonly why: string };

/** Whoever has been well for so long begins with short delays again. */
const STABLE_MS = 5000;
/** Answers of a server that is not, or not any more, the one that takes writes: perhaps another is by now. */
const elsewhere: ReadonlySet<string> = new Set(['READONLY', 'MASTERDOWN', 'LOADING', 'CLUSTERDOWN']);

const connectingTooLong = (): Error => new Error('Connection timeout');

type State =
  | { readonly kind: 'down'; readonly sinceWallMs: number; readonly why: string }
  | {
      readonly kind: 'ready';
      readonly sinceMs: number;
      /** Since when there had been no connection before. */
      readonly downSinceWallMs: number;
      readonly connection: RedisConnection;
    }
  | { readonly kind: 'closed' };

/**
 * Opens a link to Redis and begins to connect, for ever, until it is closed by whoever opened it.
 *
 * @throws RedisError `REDIS_URL_INVALID`
 */
export function connectRedis(options: RedisLinkOptions): RedisLink {
  return new RedisLink(options);
}

/**
 * A connection to Redis that comes back by itself. Every command has a deadline. One that misses it while nothing
 * else is answered either ends the connection: a server that hangs then costs nobody else anything, as commands
 * fail at once until a new connection has been made and has answered.
 */
export class RedisLink {
  readonly #options: RedisLinkOptions;
  readonly #address: RedisAddress;
  readonly #backOff: BackOff;
  readonly #listeners = new Set<(isReady: boolean) => void>();
  readonly #channels = new Map<string, Set<(message: string) => void>>();
  /** Reasons already logged since the link went down. */
  readonly #logged = new Set<string>();
  #state: State;
  #opening: RedisConnection | undefined;
  #retry: { cancel(): void } | undefined;
  #wasReady = false;
  /** When Redis answered last. */
  #heardMs = -Infinity;

  /** Use {@link connectRedis}. */
  constructor(options: RedisLinkOptions) {
    this.#options = options;
    this.#address = parseRedisAddress(options.url);
    const { retryMinMs = 50, retryMaxMs = 2000, random = Math.random } = options;
    this.#backOff = new BackOff({ minMs: retryMinMs, maxMs: retryMaxMs, random });
    this.#state = { kind: 'down', sinceWallMs: options.clock.wallMs(), why: 'not connected yet' };
    void this.#connect();
  }

  /** Which server it is, without the login: `localhost:6379`. */
  get server(): string {
    const { host, port } = this.#address;
    return `${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** Whether commands are taken now. */
  get isReady(): boolean {
    return this.#state.kind === 'ready';
  }

  /** How the connection is. */
  status(): RedisStatus {
    switch (this.#state.kind) {
      case 'ready':
        return { kind: 'ok' };
      case 'down':
        return { kind: 'degraded', sinceWallMs: this.#state.sinceWallMs, why: this.#state.why };
      case 'closed':
        return { kind: 'degraded', sinceWallMs: this.#options.clock.wallMs(), why: 'closed' };
      default:
        return this.#state satisfies never;
    }
  }

  /** Calls `listener` whenever the link becomes usable, or ceases to be. Returns the way to stop that. */
  onChange(listener: (isReady: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Waits until the link is usable, at most `timeoutMs`; tells whether it is. */
  async untilReady(timeoutMs: number): Promise<boolean> {
    if (this.#state.kind !== 'down' || timeoutMs <= 0) return this.isReady;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.onChange(() => resolve());
    const timer = this.#options.clock.setTimer(timeoutMs, resolve);
    await promise;
    timer.cancel();
    stop();
    return this.isReady;
  }

  /**
   * Sends a command.
   *
   * @throws RedisError `REDIS_UNAVAILABLE` at once without a connection, `REDIS_TIMEOUT`, `REDIS_REFUSED`
   */
  run(args: readonly string[], options: CommandOptions = {}): Promise<RedisReply> {
    return this.#run(args[0] ?? '', args, options.timeoutMs);
  }

  /** Runs a script; all its keys must be named. Throws as `run` does. */
  async script(
    script: RedisScript,
    keys: readonly string[],
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<RedisReply> {
    const rest = [`${keys.length}`, ...keys, ...args];
    const timeoutMs = this.#timeoutOf(options.timeoutMs);
    const giveUpAtMs = this.#options.clock.nowMs() + timeoutMs;
    try {
      return await this.#run(script.name, ['EVALSHA', script.sha1, ...rest], timeoutMs);
    } catch (error) {
      if (!(error instanceof RedisError) || error.reply !== 'NOSCRIPT') throw error;
      const leftMs = Math.max(1, giveUpAtMs - this.#options.clock.nowMs());
      return this.#run(script.name, ['EVAL', script.source, ...rest], leftMs);
    }
  }

  /**
   * Hears the messages of a channel, over all connections to come; those sent while there is none are missed.
   * Returns the way to stop that.
   */
  subscribe(channel: string, listener: (message: string) => void): () => void {
    const known = this.#channels.get(channel);
    const listeners = known ?? new Set();
    listeners.add(listener);
    this.#channels.set(channel, listeners);
    // A channel that nobody has listened to for a while is still subscribed to: twice, each message came twice.
    if (known === undefined && this.#state.kind === 'ready')
      void this.#listen(this.#state.connection, channel);
    return () => void listeners.delete(listener);
  }

  /** Ends the connection and all attempts, without waiting. Idempotent. */
  close(): void {
    if (this.#state.kind === 'closed') return;
    const connection = this.#state.kind === 'ready' ? this.#state.connection : this.#opening;
    this.#state = { kind: 'closed' };
    this.#retry?.cancel();
    connection?.destroy();
    this.#tell(false);
    this.#listeners.clear();
    this.#channels.clear();
  }

  async #run(name: string, args: readonly string[], givenTimeoutMs?: number): Promise<RedisReply> {
    const { clock } = this.#options;
    const timeoutMs = this.#timeoutOf(givenTimeoutMs);
    const startedMs = clock.nowMs();
    if (this.#state.kind !== 'ready') throw this.#unavailable();
    const { connection } = this.#state;
    const late = new RedisError('REDIS_TIMEOUT', `Redis did not answer ${name} within ${timeoutMs} ms.`);
    try {
      const reply = await withDeadline(connection.send(args), timeoutMs, clock, () => late);
      this.#heardMs = clock.nowMs();
      return reply;
    } catch (error) {
      if (error === late) {
        // One that answers others meanwhile is slow, not gone: a new connection would make it slower.
        if (this.#heardMs < startedMs) this.#lose(connection, `no answer within ${Math.round(timeoutMs)} ms`);
        throw late;
      }
      if (!(error instanceof ReplyError)) throw this.#unavailable();
      this.#heardMs = clock.nowMs();
      const { code } = error;
      if (elsewhere.has(code)) this.#lose(connection, `not the server that takes writes (${code})`, true);
      throw new RedisError('REDIS_REFUSED', `Redis refused ${name}: ${this.#reason(error)}`, code);
    }
  }

  async #connect(): Promise<void> {
    const { clock, clientName = 'parley', db = 0, caPem, connectTimeoutMs = 2000 } = this.#options;
    let connection: RedisConnection | undefined;
    try {
      const opening = await openConnection({
        address: this.#address,
        db: this.#address.db ?? db,
        clientName,
        caPem,
        connectTimeoutMs,
        onDown: (error) => this.#lose(connection, this.#reason(error)),
      });
      ({ connection } = opening);
      this.#opening = connection;
      if (this.#state.kind === 'closed') connection.destroy();
      await withDeadline(opening.opened, connectTimeoutMs, clock, connectingTooLong);
      // Channels that are added meanwhile are visited too.
      for (const channel of this.#channels.keys()) {
        await withDeadline(this.#listen(connection, channel), connectTimeoutMs, clock, connectingTooLong);
      }
      this.#becomeReady(connection);
    } catch (error) {
      connection?.destroy();
      this.#retryLater(this.#reason(error));
    }
  }

  #becomeReady(connection: RedisConnection): void {
    if (this.#state.kind !== 'down') return;
    const { clock, logger } = this.#options;
    const { sinceWallMs: downSinceWallMs } = this.#state;
    const downMs = clock.wallMs() - downSinceWallMs;
    this.#state = { kind: 'ready', sinceMs: clock.nowMs(), downSinceWallMs, connection };
    this.#opening = undefined;
    if (this.#wasReady || this.#logged.size > 0)
      logger.info({ redis: this.server, down_ms: downMs }, 'redis is back');
    this.#logged.clear();
    this.#wasReady = true;
    this.#tell(true);
  }

  /**
   * A connection that was usable is not any more.
   *
   * @param isElsewhere Redis has said that it is not the server to use: it may not have been from the beginning
   */
  #lose(connection: RedisConnection | undefined, why: string, isElsewhere: boolean = false): void {
    if (this.#state.kind !== 'ready' || this.#state.connection !== connection) return;
    const { clock } = this.#options;
    const { sinceMs, downSinceWallMs } = this.#state;
    const wasStable = clock.nowMs() - sinceMs >= STABLE_MS;
    if (wasStable) this.#backOff.reset();
    // One that could not be used for what was asked of it first did not end the time without.
    const wasNoUse = !wasStable && (isElsewhere || this.#heardMs < sinceMs);
    this.#state = { kind: 'down', sinceWallMs: wasNoUse ? downSinceWallMs : clock.wallMs(), why };
    connection.destroy();
    this.#retryLater(why);
    this.#tell(false);
  }

  #retryLater(why: string): void {
    this.#opening = undefined;
    if (this.#state.kind !== 'down') return;
    this.#state = { ...this.#state, why };
    const { clock, logger } = this.#options;
    if (!this.#logged.has(why)) {
      this.#logged.add(why);
      logger.warn({ redis: this.server, why }, 'redis cannot be used; trying again until it can');
    }
    this.#retry = clock.setTimer(this.#backOff.next(), () => void this.#connect());
  }

  async #listen(connection: RedisConnection, channel: string): Promise<void> {
    try {
      await connection.subscribe(channel, (message) => {
        for (const listener of this.#channels.get(channel) ?? []) listener(message);
      });
    } catch (error) {
      // A connection that failed is noticed elsewhere; without the permission, reading now and then must do.
      if (!(error instanceof ReplyError)) return;
      const why = this.#reason(error);
      this.#options.logger.warn({ channel, why }, 'redis does not let us listen to a channel');
    }
  }

  #tell(isReady: boolean): void {
    for (const listener of this.#listeners) listener(isReady);
  }

  #timeoutOf(given: number | undefined): number {
    return given ?? this.#options.commandTimeoutMs ?? 1000;
  }

  #reason(error: unknown): string {
    return failureReason(error, this.#address.password);
  }

  #unavailable(): RedisError {
    const why = this.#state.kind === 'down' ? this.#state.why : this.#state.kind;
    return new RedisError('REDIS_UNAVAILABLE', `Redis cannot be used now: ${why}.`);
  }
}
