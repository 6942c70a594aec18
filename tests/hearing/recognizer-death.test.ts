import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ServerProcess } from '@parley/testkit';
import { Caller } from './support/caller.ts';
import {
  metricReaches,
  readMetrics,
  recognizerPid,
  startHearingServer,
  timesLogged,
} from './support/hearing-server.ts';
import { said } from './support/said.ts';

describe('a recognizer that is killed in the middle of a turn', () => {
  let server: ServerProcess;
  before(async () => {
    // Partials are not tried again, as the next one is better: without them it is the final decode that dies.
    server = await startHearingServer({ asr: { partials: false } });
  });
  after(() => server.stop());

  test('costs one retry, and neither the turn nor the session', async () => {
    await using caller = await Caller.connect(server.wsUrl);
    assert.equal((await caller.exchange(said('hello'))).transcript, 'hello');

    const pid = recognizerPid(server);
    // Held, so that it surely has a decode of this turn in hand when it dies.
    process.kill(pid, 'SIGSTOP');
    const exchange = caller.exchange(said('good morning how are you'));
    await metricReaches(server, 'parley_asr_decodes_running', 1);
    process.kill(pid, 'SIGKILL');

    const { transcript, heard } = await exchange;
    assert.equal(transcript, 'good morning how are you');
    assert.equal(heard.heard_text, 'good morning how are you');
    assert.equal(timesLogged(server, 'a decode whose process has ended is tried once more'), 1);
    assert.notEqual(recognizerPid(server), pid);
    assert.deepEqual(caller.errors, []);
    const metrics = await readMetrics(server);
    assert.equal(metrics.get('parley_asr_restarts_total'), 1);
    const failures = [...metrics].filter(([name]) => name.startsWith('parley_asr_failures_total'));
    assert.deepEqual(failures, []);

    assert.equal((await caller.exchange(said('stop'))).transcript, 'stop');
    assert.deepEqual(
      caller.finals.map(({ turn_id: turn }) => turn),
      ['t1', 't2', 't3'],
    );
  });
});
