import { type ServerProcess, startServer, unpackTestModel, until } from '@parley/testkit';

/** Options of {@link startHearingServer}. */
export interface HearingServerOptions {
  /** Length of a spoken character, in ms. Default 20. */
  readonly msPerCharacter?: number;
  /** Further settings of the section `asr`. */
  readonly asr?: Readonly<Record<string, unknown>>;
  /** The section `responder`. Default: the echo. */
  readonly responder?: Readonly<Record<string, unknown>>;
  /** Further settings of the section `vad`. */
  readonly vad?: Readonly<Record<string, unknown>>;
}

/** Starts a server in a process of its own that speaks counted samples, and hears with the model for tests. */
export async function startHearingServer(options: HearingServerOptions = {}): Promise<ServerProcess> {
  const { msPerCharacter = 20, responder = { mode: 'echo' }, vad = {} } = options;
  const asr = { enabled: true, model_path: await unpackTestModel(), threads: 1, ...options.asr };
  const workers = { embedded: { options: { ms_per_char: msPerCharacter } } };
  // JSON is YAML.
  return startServer({ config: JSON.stringify({ asr, responder, vad, workers }) });
}

/** How often a server's log tells this. */
export function timesLogged(server: ServerProcess, message: string): number {
  return server.stdout().split(`"msg":${JSON.stringify(message)}`).length - 1;
}

/** Process id of the server's recognizer, as its log tells. */
export function recognizerPid(server: ServerProcess): number {
  const told = server.stdout().matchAll(/"childPid":(\d+),"msg":"a process of speech recognition is ready"/g);
  const pid = [...told].at(-1)?.[1];
  if (pid === undefined) throw new Error(`no recognizer is ready: ${server.stdout()}`);
  return Number(pid);
}

/** What `/metrics` says: series with its labels, as written, to its value. */
export async function readMetrics(server: ServerProcess): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${server.url}/metrics`);
  const series = new Map<string, number>();
  for (const line of (await response.text()).split('\n')) {
    const at = line.lastIndexOf(' ');
    if (at > 0 && !line.startsWith('#')) series.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return series;
}

/** Asks until a metric has reached `least`. */
export async function metricReaches(server: ServerProcess, name: string, least: number): Promise<void> {
  await until(async () => ((await readMetrics(server)).get(name) ?? 0) >= least, `${name} to reach ${least}`);
}
