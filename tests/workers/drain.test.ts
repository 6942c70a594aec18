import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipWithout, until } from '@parley/testkit';
import { assertSpoken } from '../end-to-end/support/counted-speech.ts';
import { V1Client } from '../duplex/support/v1-client.ts';
import { Fleet, listWorkers } from './support/fleet.ts';

const TONE = ['--engine', 'tone', '-O', 'ms_per_char=20', '-O', 'speed=1.5', '--max-sessions', '1'];
const ONE = 'This is said before anybody is told to leave.';
const TWO = 'And this is said afterwards, somewhere else.';

test(
  'a session that goes on talking leaves a worker that is drained, if there is room elsewhere, and stays if there is none',
  { skip: skipWithout('redis-server') },
  async () => {
    await using fleet = await Fleet.start({ servers: 1, workers: { w1: TONE } });
    const [server] = fleet.servers;
    assert.ok(server);
    await using client = await V1Client.connect(server.wsUrl);
    const workerNow = async (): Promise<string> =>
      (await fleet.workerOf(server, client.start.session_id)).name;
    const says = async (text: string, count: number): Promise<void> => {
      client.say(text);
      assert.equal((await client.message('utterance_end', count)).reason, 'completed');
    };
    await says(ONE, 1);
    await fetch(`${server.url}/v1/workers/w1/drain`, { method: 'POST' });
    await until(async () => (await listWorkers(server.url))[0]?.state === 'draining');
    await says(ONE, 2);
    assert.equal(await workerNow(), 'w1');

    await fleet.startWorker('w2', TONE);
    await until(async () =>
      (await listWorkers(server.url)).some(({ name, state }) => name === 'w2' && state === 'ready'),
    );
    await says(TWO, 3);
    assert.equal(await workerNow(), 'w2');
    const used = async (): Promise<number | undefined> =>
      (await listWorkers(server.url)).find(({ name }) => name === 'w1')?.sessions.used;
    await until(async () => (await used()) === 0);
    assertSpoken(client.samples(), ONE, ONE, TWO);
  },
);
