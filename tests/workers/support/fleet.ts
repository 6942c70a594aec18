import {
  type RedisServer,
  type ServerProcess,
  startRedisServer,
  startServer,
  type StartServerOptions,
  until,
} from '@parley/testkit';
import { type ParleyProcess, startParley } from '../../../packages/cli/src/testing/run-parley.ts';

/** A worker in a process of its own that is known in Redis. */
export interface FleetWorker {
  readonly name: string;
  /** `grpc://127.0.0.1:<port>`. */
  readonly addr: string;
  readonly process: ParleyProcess;
  /** Ends it at once (SIGKILL) and waits until it is gone. Idempotent. */
  kill(): Promise<void>;
  /** Has it leave by itself (SIGTERM) and waits until it is gone. */
  leave(): Promise<void>;
}

/** Options of {@link Fleet.start}. */
export interface FleetOptions {
  readonly servers: number;
  /** Workers by name, with their arguments of `parley worker`. */
  readonly workers: Readonly<Record<string, readonly string[]>>;
  /** YAML of every server's configuration. Default: nothing but Redis. */
  readonly config?: string;
  /** Settings of every server, such as `session.text_flush_ms=50`. */
  readonly settings?: readonly string[];
}

/** A Redis, orchestrators without embedded workers, and workers, each in a process of its own. */
export class Fleet implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly servers: ServerProcess[] = [];
  /** Those that have not been ended, by name. */
  readonly workers: Map<string, FleetWorker> = new Map();
  readonly #options: StartServerOptions;

  private constructor(redis: RedisServer, { config = '', settings = [] }: FleetOptions) {
    this.redis = redis;
    const shared = ['registry.kind=redis', `redis.url=${redis.url}`, ...settings];
    this.#options = { config, engine: 'none', args: shared.flatMap((setting) => ['--set', setting]) };
  }

  /** Starts all of it and waits until every server knows every worker. Whoever starts it stops it. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(await startRedisServer(), options);
    try {
      await Promise.all([
        ...Array.from({ length: options.servers }, () => fleet.startServer()),
        ...Object.entries(options.workers).map(([name, args]) => fleet.startWorker(name, args)),
      ]);
      await fleet.untilKnown();
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** Starts one more server. */
  async startServer(): Promise<ServerProcess> {
    const server = await startServer(this.#options);
    this.servers.push(server);
    return server;
  }

  /** Starts a worker, or another one in the place of one that was ended. */
  async startWorker(name: string, args: readonly string[]): Promise<FleetWorker> {
    const own = ['--port', '0', '--name', name, '--redis-url', this.redis.url];
    const process = startParley(['worker', ...own, ...args]);
    const [, addr = ''] = await process.waitFor(/is ready at (grpc:\S+:\d+)\./u);
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      process.kill(signal);
      await process.result;
      if (this.workers.get(name) === worker) this.workers.delete(name);
    };
    const worker: FleetWorker = {
      name,
      addr,
      process,
      kill: () => end('SIGKILL'),
      leave: () => end('SIGTERM'),
    };
    this.workers.set(name, worker);
    return worker;
  }

  /** Waits until these servers can use every worker there is, at the address that it has now. */
  async untilKnown(servers: readonly ServerProcess[] = this.servers): Promise<void> {
    for (const { url } of servers) {
      await until(async () => {
        const listed = await listWorkers(url);
        const isReady = ({ name, addr }: FleetWorker): boolean =>
          listed.some((worker) => worker.name === name && worker.addr === addr && worker.state === 'ready');
        return [...this.workers.values()].every(isReady);
      }, `${url} to know all workers`);
    }
  }

  /** The worker that speaks, or spoke last, for a session. */
  async workerOf(server: ServerProcess, sessionId: string): Promise<FleetWorker> {
    const { sessions } = await getJson<{ readonly sessions: readonly ListedSession[] }>(
      `${server.url}/v1/sessions?limit=1000`,
    );
    const addr = sessions.find(({ session_id: id }) => id === sessionId)?.worker_addr;
    for (const worker of this.workers.values()) if (worker.addr === addr) return worker;
    throw new Error(`no worker speaks for the session ${sessionId}: ${String(addr)}`);
  }

  /** Ends everything. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all([
      ...this.servers.map((server) => server.stop()),
      ...Array.from(this.workers.values(), (worker) => worker.kill()),
    ]);
    await this.redis.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** A worker as `/v1/workers` shows it. */
export interface ListedWorker {
  readonly name: string;
  readonly addr: string;
  readonly state: string;
  readonly sessions: { readonly used: number };
}

interface ListedSession {
  readonly session_id: string;
  readonly worker_addr?: string;
}

/** The workers as a server sees them. */
export async function listWorkers(url: string): Promise<readonly ListedWorker[]> {
  const { workers } = await getJson<{ readonly workers: readonly ListedWorker[] }>(
    `${url}/v1/workers?limit=1000`,
  );
  return workers;
}

/** What a server says of itself: `ok`, `degraded` or `unavailable`. */
export async function readHealth(url: string): Promise<string> {
  return (await getJson<{ readonly status: string }>(`${url}/health`)).status;
}

/** The value of a metric: the sum over all its label sets that contain `labels`; 0 where there is none. */
export async function readMetric(url: string, name: string, labels: string = ''): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name} `) && !line.startsWith(`${name}{`)) continue;
    if (line.includes(labels)) sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}

async function getJson<Body>(url: string): Promise<Body> {
  // The only writer of these answers is the server under test; what is missing in them fails the test.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (await (await fetch(url)).json()) as Body;
}
