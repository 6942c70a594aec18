import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkerRecord } from '@parley/worker-api';
import type { KnownWorker } from '../registry/index.ts';
import { languageMatches } from './language-match.ts';
import { selectFrom, type Selection, type SelectionContext } from './select-worker.ts';
import { WorkerIndex } from './worker-index.ts';
import type { WorkerRequest } from './worker-request.ts';

type Context = SelectionContext & { readonly preferResident: boolean };

function selectWorker(workers: readonly WorkerRecord[], request: WorkerRequest, context: Context): Selection {
  return selectFrom(new WorkerIndex(workers, context.preferResident), request, context);
}

const NOW_MS = 3_600_000;

/** As other people's workers write it: nothing that Parley adds. */
function plainWorker(name: string): WorkerRecord {
  return {
    name,
    addr: 'grpc://127.0.0.1:7001',
    capabilities: { streaming: true, zero_shot: false, languages: ['en'], max_concurrent_sessions: 2 },
    resident_models: ['m1'],
    metrics: { rtf: 0, queue_depth: 0, p50_latency_ms: 0 },
  };
}

function worker(name: string, changes: Partial<KnownWorker> = {}): KnownWorker {
  return { ...plainWorker(name), heardAtMs: NOW_MS, ...changes };
}

function speaking(name: string, ...languages: string[]): WorkerRecord {
  const { capabilities } = worker(name);
  return worker(name, { capabilities: { ...capabilities, languages } });
}

function loading(name: string, modelId: string): WorkerRecord {
  const models = [{ model_id: modelId, family: 'f', languages: [], is_loaded: false }];
  return worker(name, { resident_models: [], models });
}

function voiced(name: string, ...voices: string[]): WorkerRecord {
  return worker(name, { models: [{ model_id: 'm1', family: 'f', languages: [], is_loaded: true, voices }] });
}

function reporting(name: string, queueDepth: number, p50: number): WorkerRecord {
  return worker(name, { metrics: { rtf: 0, queue_depth: queueDepth, p50_latency_ms: p50 } });
}

function context(changes: Partial<Context> = {}): Context {
  return {
    nowMs: NOW_MS,
    staleAfterMs: 30_000,
    strategy: 'queue_depth',
    preferResident: true,
    admits: () => true,
    activeSessions: () => 0,
    observedFirstAudioMs: () => 0,
    turn: 0,
    random: () => 0,
    ...changes,
  };
}

function counts(sessions: Record<string, number>): (name: string) => number {
  return (name) => sessions[name] ?? 0;
}

interface Case {
  readonly title: string;
  readonly workers: readonly WorkerRecord[];
  readonly request?: WorkerRequest;
  readonly context?: Partial<Context>;
  /** Names of the candidates in order, or the reason why there is none. */
  readonly expected: readonly string[] | string;
}

const cases: readonly Case[] = [
  { title: 'no workers at all', workers: [], expected: 'no_workers' },
  {
    title: 'workers whose heartbeat is old are left out',
    workers: [worker('old', { heardAtMs: NOW_MS - 30_000 }), worker('new')],
    expected: ['new'],
  },
  {
    title: 'only workers that fell silent',
    workers: [worker('old', { heardAtMs: NOW_MS - 31_000 })],
    expected: 'stale',
  },
  {
    title: 'a worker whose heartbeats cannot be heard is not silent',
    workers: [plainWorker('plain')],
    expected: ['plain'],
  },
  {
    title: 'workers that are leaving are left out',
    workers: [worker('leaving', { draining: true }), worker('staying')],
    expected: ['staying'],
  },
  { title: 'only workers that leave', workers: [worker('a', { draining: true })], expected: 'draining' },
  {
    title: 'the language must be spoken, in any region; no languages means any',
    workers: [speaking('de', 'de'), speaking('us', 'en-US'), speaking('gb', 'en-GB'), speaking('any')],
    request: { language: 'en' },
    expected: ['us', 'gb', 'any'],
  },
  {
    title: 'a region is served by the language, not by another region',
    workers: [speaking('en', 'fr', 'en'), speaking('us', 'en-us'), speaking('gb', 'en-GB')],
    request: { language: 'en-US' },
    expected: ['en', 'us'],
  },
  { title: 'nobody speaks it', workers: [worker('a')], request: { language: 'xx' }, expected: 'language' },
  {
    title: 'the model must be resident or loadable, resident first',
    workers: [
      loading('loadable', 'm2'),
      worker('other'),
      worker('resident', { resident_models: ['m1', 'm2'] }),
    ],
    request: { modelId: 'm2' },
    expected: ['resident', 'loadable'],
  },
  {
    title: 'without preference for residents the strategy alone decides',
    workers: [loading('loadable', 'm2'), worker('resident', { resident_models: ['m2'] })],
    request: { modelId: 'm2' },
    context: { preferResident: false, activeSessions: counts({ resident: 1 }) },
    expected: ['loadable', 'resident'],
  },
  { title: 'nobody has the model', workers: [worker('a')], request: { modelId: 'm9' }, expected: 'model' },
  {
    title: 'every capability asked for must be there',
    workers: [worker('a'), worker('b', { capabilities: { ...worker('b').capabilities, zero_shot: true } })],
    request: { capabilities: ['streaming', 'zero_shot'] },
    expected: ['b'],
  },
  {
    title: 'nobody is capable',
    workers: [worker('a')],
    request: { capabilities: ['lora'] },
    expected: 'capability',
  },
  {
    title: 'workers that refused are left out',
    workers: [worker('a'), worker('b')],
    request: { exclude: new Set(['a']) },
    expected: ['b'],
  },
  {
    title: 'all have refused',
    workers: [worker('a')],
    request: { exclude: new Set(['a']) },
    expected: 'refused',
  },
  {
    title: 'the first requirement that nobody meets is the reason, though others fail too',
    workers: [speaking('a', 'de'), worker('b', { draining: true })],
    request: { language: 'en', modelId: 'm9' },
    expected: 'language',
  },
  {
    title: 'the previous worker comes first while it has room',
    workers: [worker('a'), worker('mine')],
    request: { previousWorker: 'mine' },
    context: { activeSessions: counts({ mine: 1 }) },
    expected: ['mine', 'a'],
  },
  {
    title: 'the previous worker without room is one among others',
    workers: [worker('a'), worker('mine')],
    request: { previousWorker: 'mine' },
    context: { activeSessions: counts({ mine: 2 }) },
    expected: ['a', 'mine'],
  },
  {
    title: 'the previous worker that has refused is not tried again',
    workers: [worker('a'), worker('mine')],
    request: { previousWorker: 'mine', exclude: new Set(['mine']) },
    expected: ['a'],
  },
  {
    title: 'a worker whose breaker is open is left out, though it served before',
    workers: [worker('broken'), worker('a')],
    request: { previousWorker: 'broken' },
    context: { admits: ({ name }) => name !== 'broken' },
    expected: ['a'],
  },
  {
    title: 'the last worker that fits is used whatever its breaker says',
    workers: [speaking('other', 'de'), worker('broken')],
    request: { language: 'en' },
    context: { admits: () => false },
    expected: ['broken'],
  },
  {
    title: 'only workers with the model in memory, where none is to load it',
    workers: [loading('loadable', 'm2')],
    request: { modelId: 'm2', residentOnly: true },
    expected: 'model',
  },
  {
    title: 'the voice asked for comes first, or a worker that does not say what it has',
    workers: [voiced('otto', 'otto'), voiced('anna', 'otto', 'anna'), worker('silent')],
    request: { voice: 'anna' },
    context: { activeSessions: counts({ anna: 1 }) },
    expected: ['silent', 'anna', 'otto'],
  },
  {
    title: 'a model in memory counts for more than the voice',
    workers: [{ ...voiced('loads', 'anna'), resident_models: [] }, voiced('resident', 'otto')],
    request: { modelId: 'm1', voice: 'anna' },
    expected: ['resident', 'loads'],
  },
  {
    title: 'after a failure a worker with the same models comes first',
    workers: [worker('other', { resident_models: ['m2'] }), worker('same')],
    request: { similarTo: ['m1'] },
    expected: ['same', 'other'],
  },
  {
    title: 'queue_depth takes the fewest sessions, ours or reported',
    workers: [reporting('ours3', 0, 0), reporting('reported2', 2, 0), reporting('one', 1, 0)],
    context: { activeSessions: counts({ ours3: 3 }) },
    expected: ['one', 'reported2', 'ours3'],
  },
  {
    title: 'least_loaded is queue_depth',
    workers: [reporting('a', 2, 0), reporting('b', 1, 9)],
    context: { strategy: 'least_loaded' },
    expected: ['b', 'a'],
  },
  {
    title: 'equals take turns',
    workers: [worker('a'), worker('b'), worker('c')],
    context: { turn: 4 },
    expected: ['b', 'c', 'a'],
  },
  {
    title: 'round_robin takes turns whatever the load',
    workers: [reporting('a', 0, 0), reporting('b', 9, 9), reporting('c', 1, 1)],
    context: { strategy: 'round_robin', turn: 1 },
    expected: ['b', 'c', 'a'],
  },
  {
    title: 'latency takes the larger of what is reported and what was seen',
    workers: [reporting('fast', 0, 10), reporting('slow', 0, 20), reporting('claims', 0, 1)],
    context: { strategy: 'latency', observedFirstAudioMs: counts({ claims: 50, fast: 5 }) },
    expected: ['fast', 'slow', 'claims'],
  },
  {
    title: 'least_latency is latency',
    workers: [reporting('a', 0, 20), reporting('b', 5, 10)],
    context: { strategy: 'least_latency' },
    expected: ['b', 'a'],
  },
  {
    title: 'random starts anywhere',
    workers: [worker('a'), worker('b'), worker('c')],
    context: { strategy: 'random', random: () => 0.99 },
    expected: ['c', 'a', 'b'],
  },
];

for (const { title, workers, request = {}, context: changes, expected } of cases) {
  test(`selecting: ${title}`, () => {
    const selection = selectWorker(workers, request, context(changes));
    const got = selection.kind === 'none' ? selection.reason : selection.workers.map(({ name }) => name);
    assert.deepEqual(got, expected);
  });
}

const crowd = Array.from({ length: 1000 }, (_, i) => reporting(`w${i}`, 1 + ((i * 7919) % 1000), 0));

test('of very many workers a sample is looked at, and its best comes first', () => {
  const random = seeded(1);
  const firsts = new Set<string>();
  for (let turn = 0; turn < 50; turn += 1) {
    const selection = selectWorker(crowd, {}, context({ random, turn }));
    assert.ok(selection.kind === 'candidates');
    const depths = selection.workers.map(({ metrics }) => metrics.queue_depth);
    assert.equal(new Set(selection.workers).size, 32);
    assert.deepEqual(
      depths,
      depths.toSorted((a, b) => a - b),
    );
    assert.ok((depths[0] ?? 1000) < 300, 'the best of 32 is among the better third');
    firsts.add(selection.workers[0]?.name ?? '');
  }
  assert.ok(firsts.size > 20, 'nobody runs to the same few workers');
});

test('of very many workers round_robin takes exactly the next', () => {
  for (const turn of [0, 1, 999, 1000, 2047]) {
    const selection = selectWorker(crowd, {}, context({ strategy: 'round_robin', turn }));
    assert.ok(selection.kind === 'candidates');
    const expected = Array.from({ length: 32 }, (_, i) => `w${(turn + i) % 1000}`);
    assert.deepEqual(
      selection.workers.map(({ name }) => name),
      expected,
    );
  }
});

test('a choice says whether there may be workers that it did not look at', () => {
  const isPartial = (count: number, isHealthy: (index: number) => boolean = () => true): unknown => {
    const admits = ({ name }: WorkerRecord): boolean => isHealthy(Number(name.slice(1)));
    const selection = selectWorker(crowd.slice(0, count), {}, context({ admits }));
    return selection.kind === 'candidates' && selection.isPartial;
  };
  assert.equal(isPartial(32), false);
  assert.equal(isPartial(33), true);
  const isEven = (index: number): boolean => index % 2 === 0;
  assert.equal(isPartial(1000, isEven), true, 'of those drawn some were left out');
  // The first of each stretch is drawn, and this is none of them.
  assert.equal(
    isPartial(1000, (index) => index === 501),
    false,
    'in the end all were looked at',
  );
});

test('workers that do not fit in one choice with those of a better class make it partial', () => {
  const residents = Array.from({ length: 20 }, (_, i) => worker(`resident${i}`));
  const others = Array.from({ length: 20 }, (_, i) => worker(`other${i}`, { resident_models: ['m2'] }));
  const selection = selectWorker([...residents, ...others], { similarTo: ['m1'] }, context());
  assert.ok(selection.kind === 'candidates');
  assert.deepEqual([selection.workers.length, selection.isPartial], [32, true]);
});

test('one usable worker among very many is found', () => {
  const [mine] = crowd;
  const onlyMine = context({ admits: (record) => record === mine, random: () => 0.5 });
  assert.deepEqual(selectWorker(crowd, {}, onlyMine), {
    kind: 'candidates',
    workers: [mine],
    isPartial: false,
  });
  const stale = crowd.map(({ name }) => worker(name, { heardAtMs: NOW_MS - 99_000 }));
  const fresh = worker('fresh');
  const selection = selectWorker([...stale, fresh], {}, context({ random: () => 0.5 }));
  assert.deepEqual(selection, { kind: 'candidates', workers: [fresh], isPartial: false });
  const none = selectWorker(stale, {}, context());
  assert.equal(none.kind === 'none' && none.reason, 'stale');
});

/** A small generator of numbers between 0 and 1, the same ones every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('what a client asked for is quoted and cut in the message', () => {
  const language = `e"\n${'x'.repeat(1000)}`;
  const selection = selectWorker([worker('a')], { language }, context());
  assert.ok(selection.kind === 'none');
  assert.match(selection.message, /^No worker speaks the language "e\\"\\nx{61}"\.$/);
});

test('languages match by whole subtags, in any case and spelling', () => {
  assert.ok(languageMatches('EN_us', 'en-US'));
  assert.ok(languageMatches('zh', 'zh-Hant-TW'));
  assert.equal(languageMatches('en', 'eng'), false);
  assert.equal(languageMatches('de-AT', 'de-DE'), false);
});
