import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test, type TestContext } from 'node:test';
import { type ServerProcess, skipWithout, until } from '@parley/testkit';
import { parseWorkerAddress } from '@parley/worker-api';
import { assertSpoken } from '../end-to-end/support/counted-speech.ts';
import { makeUserVoice, type UserVoice } from '../duplex/support/user-voice.ts';
import { V1Client } from '../duplex/support/v1-client.ts';
import { Fleet, type FleetWorker, readMetric } from './support/fleet.ts';
import { SpokenReference } from './support/spoken-reference.ts';

// Without commas, so that each is one segment wherever it stands.
const FIRST =
  'One morning the harbour was full of fishing boats that had come in before the storm with their catch.';
const SECOND = 'Nobody knew where the captain of the smallest one had gone.';
const TEXT = `${FIRST} ${SECOND}`;

const EARS = 'vad:\n  engine: webrtc\n  aggressiveness: 3\n  false_interruption_timeout_ms: 400\n';
// So that most of a sentence is still with its worker when that is killed.
const SHORT_QUEUE = ['transport.websocket.frame_queue_size=10'];
/**
 * Silence of a fail-over that only a deadline has brought about, as long as `routing.frame_gap_timeout_ms` is by default:
 * a worker that is killed is missed at once. The milliseconds, well under a second, are the machine's and are printed.
 */
const DEADLINE_MS = 3000;
const FRAME_MS = 20;
const FAIL_OVERS = 'parley_worker_fail_overs_total';

interface Voice {
  readonly engine: readonly string[];
  /** Throws unless each sentence was heard once and whole. */
  readonly check: (heard: Int16Array, ...sentences: readonly string[]) => void;
}

let user: UserVoice;
before(async () => {
  user = await makeUserVoice();
});

const skip = skipWithout('redis-server');
describe('espeak: the worker that speaks is killed', { skip }, () => {
  const references = new Map<string, SpokenReference>();
  testPhases({
    engine: ['--engine', 'espeak'],
    async prepare(worker) {
      const parsed = parseWorkerAddress(worker.addr);
      const port = parsed.kind === 'ok' ? parsed.address.port : 0;
      for (const sentences of [[FIRST, SECOND], [SECOND]]) {
        references.set(sentences.join(), await SpokenReference.ask(port, sentences));
      }
    },
    check: (heard, ...sentences) => void references.get(sentences.join())?.seamsOf(heard),
  });
});

// Half as fast again as it is heard, so that there is always more to come from the worker.
const TONE = ['--engine', 'tone', '-O', 'ms_per_char=20', '-O', 'speed=1.5', '-O', 'lead_ms=100'];
describe('counted samples: the worker that speaks is killed', { skip }, () => {
  testPhases({ engine: TONE, check: (heard, ...sentences) => void assertSpoken(heard, sentences.join(' ')) });
});

function testPhases({
  engine,
  check,
  prepare,
}: Voice & { readonly prepare?: (worker: FleetWorker) => Promise<void> }): void {
  let fleet: Fleet;
  before(async () => {
    const workers = { w1: engine, w2: engine, w3: engine };
    fleet = await Fleet.start({ servers: 2, workers, config: EARS, settings: SHORT_QUEUE });
    const [worker] = fleet.workers.values();
    if (worker !== undefined) await prepare?.(worker);
  });
  after(() => fleet.stop());
  afterEach(async () => {
    for (const name of ['w1', 'w2', 'w3']) {
      if (!fleet.workers.has(name)) await fleet.startWorker(name, engine);
    }
    await fleet.untilKnown();
  });

  /**
   * Whoever speaks on the other orchestrator is not to notice anything. Where its worker stays, what it has to wait
   * for is the machine's doing, so that the silence in the scene, which the scene returns, may be longer by so much.
   */
  async function withNeighbour(
    t: TestContext,
    scene: (server: ServerProcess) => Promise<number>,
  ): Promise<void> {
    const [server, other] = fleet.servers;
    assert.ok(server && other);
    await using neighbour = await V1Client.connect(other.wsUrl);
    neighbour.say(TEXT);
    await neighbour.framesReach(1);
    const itsWorker = await fleet.workerOf(other, neighbour.start.session_id);
    const silenceMs = await scene(server);
    assert.equal((await neighbour.message('utterance_end')).reason, 'completed');
    check(neighbour.samples(), FIRST, SECOND);
    const isUndisturbed = fleet.workers.get(itsWorker.name) === itsWorker;
    const undisturbedMs = isUndisturbed ? longestSilenceMs(neighbour) : 0;
    t.diagnostic(
      `longest silence: ${Math.round(silenceMs)} ms; undisturbed: ${Math.round(undisturbedMs)} ms`,
    );
    assert.ok(silenceMs < DEADLINE_MS + undisturbedMs, `${silenceMs} ms of silence`);
  }

  async function assertCompleted(client: V1Client, ...sentences: string[]): Promise<void> {
    const { reason, heard_text: heardText } = await client.message('utterance_end');
    assert.equal(reason, 'completed');
    assert.equal(heardText, sentences.join(' '));
    check(client.samples(), ...sentences);
    assert.deepEqual(client.all('error'), []);
  }

  async function speaking(server: ServerProcess): Promise<readonly [V1Client, FleetWorker]> {
    const client = await V1Client.connect(server.wsUrl);
    client.say(TEXT);
    await client.framesReach(40);
    return [client, await fleet.workerOf(server, client.start.session_id)];
  }

  test('before its first audio', async (t) => {
    await withNeighbour(t, async (server) => {
      await using warm = await V1Client.connect(server.wsUrl);
      // A session stays with its worker between two utterances.
      warm.say('Hello.');
      await warm.message('utterance_end');
      const worker = await fleet.workerOf(server, warm.start.session_id);
      const from = warm.frameCount;
      worker.process.kill('SIGSTOP');
      const before = await readMetric(server.url, FAIL_OVERS, 'before_audio');
      warm.say(TEXT);
      await until(async () => (await readMetric(server.url, 'parley_syntheses_running')) === 1);
      const killedAtMs = performance.now();
      await worker.kill();
      assert.equal((await warm.message('utterance_end', 2)).reason, 'completed');
      check(warm.samples(from), FIRST, SECOND);
      assert.equal(await readMetric(server.url, FAIL_OVERS, 'before_audio'), before + 1);
      return longestSilenceMs(warm, from, killedAtMs);
    });
  });

  test('in mid-sentence', async (t) => {
    await withNeighbour(t, async (server) => {
      const [client, worker] = await speaking(server);
      const before = await readMetric(server.url, FAIL_OVERS, 'mid_segment');
      await worker.kill();
      await assertCompleted(client, FIRST, SECOND);
      assert.equal(await readMetric(server.url, FAIL_OVERS, 'mid_segment'), before + 1);
      await client.leave();
      return longestSilenceMs(client);
    });
  });

  test('between two sentences of an utterance', async (t) => {
    await withNeighbour(t, async (server) => {
      await using client = await V1Client.connect(server.wsUrl);
      client.send({ type: 'text', text: `${FIRST} `, is_final: false });
      await client.framesReach(1);
      await until(async () => (await readMetric(server.url, 'parley_syntheses_running')) === 0);
      const worker = await fleet.workerOf(server, client.start.session_id);
      await worker.kill();
      client.send({ type: 'text', text: SECOND, is_final: true });
      await assertCompleted(client, FIRST, SECOND);
      return longestSilenceMs(client);
    });
  });

  test('while the client has it paused', async (t) => {
    await withNeighbour(t, async (server) => {
      const [client, worker] = await speaking(server);
      client.control('PAUSE');
      await client.message('pause');
      const { frameCount } = client;
      await worker.kill();
      await client.settled();
      assert.equal(client.frameCount, frameCount);
      const resumedAtMs = performance.now();
      client.control('RESUME');
      await assertCompleted(client, FIRST, SECOND);
      await client.leave();
      return longestSilenceMs(client, frameCount, resumedAtMs);
    });
  });

  test('during a barge-in that turns out to be none', async (t) => {
    await withNeighbour(t, async (server) => {
      const [client, worker] = await speaking(server);
      client.hear(user.interruptionUpTo(300));
      await client.message('pause');
      await worker.kill();
      client.hear(user.quiet);
      await client.message('resume');
      const resumedAtMs = performance.now();
      assert.equal(client.framesAfter('pause'), client.framesAfter('resume'), 'no frame came between');
      await assertCompleted(client, FIRST, SECOND);
      assert.deepEqual(client.all('clear'), []);
      await client.leave();
      return longestSilenceMs(client, client.frameCount - client.framesAfter('resume'), resumedAtMs);
    });
  });

  test('during a barge-in that is confirmed', async (t) => {
    await withNeighbour(t, async (server) => {
      const [client, worker] = await speaking(server);
      client.hear(user.interruptionUpTo(300));
      await client.message('pause');
      await worker.kill();
      client.hear(user.interruption);
      client.hear(user.quiet);
      const { reason, heard_text: heardText } = await client.message('utterance_end');
      assert.equal(reason, 'interrupted');
      assert.ok(heardText !== undefined && heardText !== '' && FIRST.startsWith(heardText), heardText);
      await client.settled();
      const from = client.frameCount;
      const askedAtMs = performance.now();
      client.say(SECOND);
      assert.equal((await client.message('utterance_end', 2)).reason, 'completed');
      check(client.samples(from), SECOND);
      assert.deepEqual(client.all('error'), []);
      await client.leave();
      return longestSilenceMs(client, from, askedAtMs);
    });
  });
}

/**
 * The longest silence within what a client hears that plays each frame as soon as it has come and the one before it
 * has been played: what was sent ahead of time is still heard while nothing comes. It listens from frame `from` on,
 * and since `sinceMs`: by default, since that frame came.
 */
function longestSilenceMs({ frameTimesMs }: V1Client, from: number = 0, sinceMs?: number): number {
  let longest = 0;
  let playedUntilMs = sinceMs ?? frameTimesMs[from] ?? 0;
  for (const cameAtMs of frameTimesMs.slice(from)) {
    longest = Math.max(longest, cameAtMs - playedUntilMs);
    playedUntilMs = Math.max(playedUntilMs, cameAtMs) + FRAME_MS;
  }
  return longest;
}
