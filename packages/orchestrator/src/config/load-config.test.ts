import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import type { OrchestratorConfig } from './config.ts';
import { type ConfigFlag, loadConfig, type LoadConfigResult } from './load-config.ts';
import type { ConfigProblem } from './problem.ts';

const exampleFile = fileURLToPath(new URL('../../../../configs/orchestrator.yaml', import.meta.url));

const defaults: OrchestratorConfig = {
  transport: {
    websocket: {
      enabled: true,
      host: '0.0.0.0',
      port: 8080,
      max_connections: 100,
      frame_queue_size: 50,
      max_message_bytes: 262_144,
      max_messages_per_second: 200,
      ping_interval_seconds: 20,
      slow_consumer_timeout_ms: 5000,
      playout_lead_ms: 60,
      v1_playout_lead_ms: 200,
      handshake_timeout_ms: 10_000,
    },
    livekit: { enabled: false, room_prefix: 'tts-session' },
  },
  redis: {
    url: 'redis://localhost:6379',
    db: 0,
    worker_key_prefix: 'worker:',
    worker_ttl_seconds: 30,
    connection_pool_size: 10,
  },
  registry: { kind: 'auto' },
  routing: {
    prefer_resident_models: true,
    load_balance_strategy: 'queue_depth',
    first_frame_timeout_ms: 5000,
    frame_gap_timeout_ms: 3000,
    segment_timeout_ms: 120_000,
    start_session_timeout_ms: 3000,
    capacity_wait_ms: 500,
    slot_linger_ms: 5000,
  },
  workers: { embedded: { enabled: false, engine: 'espeak', max_concurrent_sessions: 64, options: {} } },
  session: {
    idle_timeout_seconds: 300,
    max_session_duration_seconds: 3600,
    max_messages_per_session: 0,
    max_queued_characters: 50_000,
    max_queued_utterances: 100,
    text_flush_ms: 1500,
    resume_window_seconds: 30,
    default_language: 'en',
  },
  text: {
    filter_markdown: true,
    filter_emoji: true,
    first_segment_characters: 60,
    segment_characters: 300,
  },
  vad: {
    enabled: true,
    aggressiveness: 2,
    sample_rate: 16_000,
    frame_duration_ms: 20,
    min_speech_duration_ms: 100,
    engine: 'hybrid',
    min_silence_duration_ms: 300,
    min_interruption_ms: 500,
    min_interruption_words: 0,
    false_interruption_timeout_ms: 800,
    speaking_threshold_multiplier: 2,
    noise_gate: { enabled: false, window_ms: 2000, percentile: 10, threshold_multiplier: 2 },
  },
  asr: {
    enabled: false,
    adapter: 'whisper',
    model_size: 'small',
    language: 'auto',
    device: 'cpu',
    buffer_max_duration_s: 30,
    partials: true,
    endpointing_ms: 500,
    max_turn_seconds: 60,
    workers: 1,
    threads: 0,
    int8: true,
    queue_limit: 32,
    timeout_ms: 20_000,
    openai: {
      url: 'https://api.openai.com/v1',
      model: 'whisper-1',
      stream: true,
      concurrency: 8,
      retries: 2,
    },
  },
  responder: {
    mode: 'none',
    apology: 'Sorry, I cannot answer right now.',
    llm: { history_limit: 20, first_token_timeout_ms: 10_000, token_gap_timeout_ms: 5000, retries: 1 },
  },
  security: { allowed_origins: [] },
  log_level: 'INFO',
  graceful_shutdown_timeout_s: 10,
};

interface Inputs {
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly ConfigFlag[];
}

function load({ yaml = '', env = {}, flags = [] }: Inputs): LoadConfigResult {
  return loadConfig({ path: 'test.yaml', env, flags, readFile: () => yaml });
}

function loaded(inputs: Inputs): OrchestratorConfig {
  const result = load(inputs);
  assert.equal(result.kind, 'ok', JSON.stringify(result));
  return result.config;
}

function problemsOf(inputs: Inputs): readonly ConfigProblem[] {
  const result = load(inputs);
  assert.equal(result.kind, 'invalid', JSON.stringify(result));
  return result.problems;
}

function fail(code: string): never {
  throw Object.assign(new Error(`cannot read: ${code}`), { code });
}

function missing(): never {
  fail('ENOENT');
}

test('an empty file gives the documented default of every setting', () => {
  assert.deepEqual(loaded({}), defaults);
});

test('the example file loads unchanged', () => {
  const example = readFileSync(exampleFile, 'utf8');
  assert.deepEqual(loaded({ yaml: example }), {
    ...defaults,
    routing: { ...defaults.routing, static_worker_addr: 'grpc://localhost:7001' },
  });
});

test('a section whose lines are all commented out, and an optional setting left empty, set nothing', () => {
  assert.deepEqual(loaded({ yaml: 'session:\nrouting:\n  static_worker_addr:\n' }), defaults);
});

test('a setting with a default may not be left empty', () => {
  const [problem] = problemsOf({ yaml: 'transport:\n  websocket:\n    port:\n' });
  assert.equal(problem?.key, 'transport.websocket.port');
  assert.equal(problem?.value, 'nothing');
});

test('environment wins over file, and flags over both', () => {
  const yaml = 'transport: {websocket: {port: 2000, host: a, max_connections: 5}}';
  const env = { PORT: '3000', HOST: 'b' };
  const flags = [{ flag: '--port', key: 'transport.websocket.port', value: '4000' }];
  const { port, host, max_connections: maxConnections } = loaded({ yaml, env, flags }).transport.websocket;
  assert.deepEqual({ port, host, maxConnections }, { port: 4000, host: 'b', maxConnections: 5 });
});

test('an embedded worker, or Redis, wins over the fixed one of an earlier source, and over no other', () => {
  const addrOf = (inputs: Inputs): string | undefined => loaded(inputs).routing.static_worker_addr;
  const file = 'routing: {static_worker_addr: "a:1", capacity_wait_ms: 7}\n';
  const embedded = { flag: '--engine', key: 'workers.embedded.enabled', value: true };
  const fixed = { flag: '--set', key: 'routing.static_worker_addr', value: 'b:2' };
  const env = { ROUTING_STATIC_WORKER_ADDR: 'c:3' };
  assert.equal(addrOf({ yaml: file, flags: [embedded] }), undefined);
  assert.equal(addrOf({ yaml: file, env, flags: [embedded] }), undefined);
  assert.equal(loaded({ yaml: file, flags: [embedded] }).routing.capacity_wait_ms, 7);
  assert.equal(addrOf({ yaml: file, env: { PARLEY__WORKERS__EMBEDDED__ENABLED: 'true' } }), undefined);
  assert.equal(addrOf({ yaml: `${file}workers: {embedded: {enabled: true}}` }), 'a:1');
  assert.equal(addrOf({ yaml: 'workers: {embedded: {enabled: true}}', env }), 'c:3');
  assert.equal(addrOf({ yaml: file, flags: [embedded, fixed] }), 'b:2');
  assert.equal(addrOf({ yaml: file, flags: [{ ...embedded, value: 'false' }] }), 'a:1');
  const kind = (value: string): ConfigFlag => ({ flag: '--set', key: 'registry.kind', value });
  assert.equal(addrOf({ yaml: file, flags: [kind('redis')] }), undefined);
  assert.equal(addrOf({ yaml: file, flags: [kind('memory')] }), 'a:1');
  assert.equal(addrOf({ yaml: `${file}registry: {kind: redis}` }), 'a:1');
});

test('a list from a stronger source replaces the weaker one as a whole', () => {
  const yaml = 'security: {allowed_origins: ["https://a.example", "https://b.example"]}';
  const env = { PARLEY__SECURITY__ALLOWED_ORIGINS: '["https://c.example"]' };
  assert.deepEqual(loaded({ yaml, env }).security.allowed_origins, ['https://c.example']);
});

test('the result says where the settings came from', () => {
  const result = load({
    env: { PORT: '3000', PATH: '/bin' },
    flags: [{ flag: '--host', key: 'transport.websocket.host', value: 'h' }],
  });
  assert.equal(result.kind, 'ok');
  assert.deepEqual(result.sources, { file: 'test.yaml', env: ['PORT'], flags: ['--host'] });
});

test('the whole result is frozen', () => {
  const config = loaded({
    yaml: 'security: {allowed_origins: ["*"]}\nworkers: {embedded: {options: {a: 1}}}',
  });
  const thaw = (value: unknown, path: string): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    const inner = Object.entries(value).flatMap(([name, child]) => thaw(child, `${path}.${name}`));
    return Object.isFrozen(value) ? inner : [path, ...inner];
  };
  assert.deepEqual(thaw(config, ''), []);
});

test('all problems of a file are reported at once, each with its line and column', () => {
  const yaml = `transport:
  websocket:
    port: 80
    prot: 8080
    max_connections: 0
redis:
  db: 16
vad:
  sample_rate: 44100
  enabled: "yes"
routing:
  load_balance_strategy: fastest
asr:
  - whisper
`;
  const found = problemsOf({ yaml }).map(({ line, column, key }) => `${line}:${column} ${key}`);
  assert.deepEqual(found, [
    '3:5 transport.websocket.port',
    '4:5 transport.websocket.prot',
    '5:5 transport.websocket.max_connections',
    '7:3 redis.db',
    '9:3 vad.sample_rate',
    '10:3 vad.enabled',
    '12:3 routing.load_balance_strategy',
    '13:1 asr',
  ]);
});

test('the fallback model is a name, and there is none by default', () => {
  assert.equal(loaded({ yaml: '' }).routing.fallback_model, undefined);
  assert.equal(loaded({ yaml: 'routing: {fallback_model: small}' }).routing.fallback_model, 'small');
  const [problem] = problemsOf({ yaml: 'routing: {fallback_model: ""}' });
  assert.equal(problem?.key, 'routing.fallback_model');
});

test('problems of file, environment and flags are reported together', () => {
  const problems = problemsOf({
    yaml: 'redis: {db: -1}',
    env: { PORT: '80', LOG_LEVEL: 'loud' },
    flags: [{ flag: '--lead', key: 'transport.websocket.playout_lead_ms', value: 'far' }],
  });
  assert.deepEqual(
    problems.map(({ source, name, key }) => [source, name, key]),
    [
      ['file', undefined, 'redis.db'],
      ['env', 'PORT', 'transport.websocket.port'],
      ['env', 'LOG_LEVEL', 'log_level'],
      ['flag', '--lead', 'transport.websocket.playout_lead_ms'],
    ],
  );
});

test('a mistake in the file is reported even where the environment overrides it', () => {
  const problems = problemsOf({ yaml: 'transport: {websocket: {port: 1}}', env: { PORT: '3000' } });
  assert.deepEqual(
    problems.map(({ source, value }) => [source, value]),
    [['file', '1']],
  );
});

test('an unknown key is answered with the key that was probably meant', () => {
  const problems = problemsOf({
    yaml: 'transport: {websocket: {max_conections: 5}, port: 1}\nrouting: {zzzzzz: 1}',
  });
  assert.equal(problems[0]?.expected, 'did you mean transport.websocket.max_connections?');
  assert.equal(problems[1]?.expected, 'did you mean transport.websocket.port?');
  assert.match(problems[2]?.expected ?? '', /^one of static_worker_addr, /);
});

test('a key given twice is reported where it is given again, along with other problems', () => {
  const problems = problemsOf({ yaml: 'redis:\n  db: 1\n  db: 2\nvad: {aggressiveness: 9}\n' });
  assert.deepEqual(
    problems.map(({ line, message }) => [line, message]),
    [
      [3, 'the same key twice in one section'],
      [4, 'not an allowed value'],
    ],
  );
});

test('broken YAML is reported where it breaks, and nothing is guessed from the rest', () => {
  const problems = problemsOf({ yaml: 'redis:\n  db: 1\n unknown_section: [\n' });
  assert.ok(problems.every(({ message }) => message.startsWith('not valid YAML')));
  assert.equal(problems[0]?.line, 3);
});

test('a file that holds a list, several documents or endless aliases is refused', () => {
  const bomb = `${Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`).join('\n')}\n`;
  assert.equal(problemsOf({ yaml: '- 1' })[0]?.message, 'the file is not a section');
  assert.equal(problemsOf({ yaml: 'redis: {}\n---\nredis: {}' })[0]?.message, 'more than one document');
  assert.equal(problemsOf({ yaml: bomb })[0]?.message, 'aliases that cannot be resolved');
});

test('the default file may be missing, a named one may not', () => {
  assert.equal(loadConfig({ env: {}, readFile: missing }).kind, 'ok');
  assert.equal(loadConfig({ env: { CONFIG_PATH: '' }, readFile: missing }).kind, 'ok');
  for (const options of [{ env: { CONFIG_PATH: 'gone.yaml' } }, { env: {}, path: 'gone.yaml' }]) {
    const result = loadConfig({ ...options, readFile: missing });
    assert.equal(result.kind, 'invalid');
    assert.equal(result.problems[0]?.file, 'gone.yaml');
    assert.equal(result.problems[0]?.message, 'cannot be read (ENOENT)');
  }
});

test('a default file that exists but cannot be read is a problem', () => {
  assert.equal(loadConfig({ env: {}, readFile: () => fail('EACCES') }).kind, 'invalid');
});

test('CONFIG_PATH names the file, and a path in the options wins over it', () => {
  const read: string[] = [];
  const readFile = (path: string): string => {
    read.push(path);
    return '';
  };
  loadConfig({ env: { CONFIG_PATH: 'env.yaml' }, readFile });
  loadConfig({ env: { CONFIG_PATH: 'env.yaml' }, path: 'flag.yaml', readFile });
  loadConfig({ env: {}, readFile });
  assert.deepEqual(read, ['env.yaml', 'flag.yaml', 'configs/orchestrator.yaml']);
});

test('only a flag may ask for port 0, any free port', () => {
  const flags = [{ flag: '--port', key: 'transport.websocket.port', value: '0' }];
  assert.equal(loaded({ flags }).transport.websocket.port, 0);
  assert.equal(problemsOf({ env: { PORT: '0' } })[0]?.key, 'transport.websocket.port');
  assert.equal(problemsOf({ yaml: 'transport: {websocket: {port: 0}}' })[0]?.key, 'transport.websocket.port');
  const low = [{ flag: '--port', key: 'transport.websocket.port', value: '1023' }];
  assert.match(problemsOf({ flags: low })[0]?.expected ?? '', /from 1024 to 65535/);
});

test('LiveKit may be enabled only with address, key and secret, whichever source gives them', () => {
  const yaml = 'transport:\n  livekit:\n    enabled: true\n    url: wss://livekit.example.com\n';
  const [problem] = problemsOf({ yaml, env: { LIVEKIT_API_KEY: 'id' } });
  assert.deepEqual([problem?.line, problem?.message], [3, 'not possible without api_secret']);
  loaded({ yaml, env: { LIVEKIT_API_KEY: 'id', LIVEKIT_API_SECRET: 'secret' } });
});

test('later segments may not be shorter than the first, whoever sets which', () => {
  const [problem] = problemsOf({ env: { PARLEY__TEXT__FIRST_SEGMENT_CHARACTERS: '400' } });
  assert.equal(problem?.name, 'PARLEY__TEXT__FIRST_SEGMENT_CHARACTERS');
  loaded({ yaml: 'text: {segment_characters: 500, first_segment_characters: 400}' });
});

test('no file, environment or flag makes loading throw', () => {
  const yaml = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...'abt:[]{}&*!|>-?#\n "\'%@'.split('')) }),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  const mutated = fc
    .tuple(fc.constantFrom(...mutationTargets()), fc.jsonValue())
    .map(([path, value]) =>
      JSON.stringify(path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)),
    );
  const words = fc.string({
    unit: fc.constantFrom('parley__', '__', 'vad', 'VAD', 'enabled', '.', 'A', '1'),
  });
  const run = fc.record({
    yaml: fc.oneof(yaml, mutated),
    env: fc.dictionary(
      fc.oneof(words, fc.constantFrom('PORT', 'REDIS_URL', 'ASR_ENABLED', 'ROUTING_X')),
      fc.string(),
    ),
    flags: fc.array(
      fc.record({
        flag: fc.string(),
        key: fc.oneof(fc.string(), fc.constantFrom(...mutationTargets())),
        value: fc.anything(),
      }),
      { maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(run, (inputs) => {
      const result = load(inputs);
      assert.ok(result.kind === 'ok' || result.problems.length > 0);
    }),
  );
});

function mutationTargets(): string[] {
  const paths = (value: unknown, key: string): string[] => {
    if (typeof value !== 'object' || value === null) return [key];
    const inner = Object.entries(value).flatMap(([name, child]) =>
      paths(child, key === '' ? name : `${key}.${name}`),
    );
    return key === '' ? inner : [key, ...inner];
  };
  return [
    ...paths(defaults, ''),
    '__proto__',
    'workers.embedded.options.constructor',
    'constructor.prototype',
  ];
}
