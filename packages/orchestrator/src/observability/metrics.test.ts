import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { SessionMetrics } from '../session/session-metrics.ts';
import type { SpeechMetrics } from '../tts/speech-metrics.ts';
import { createMetrics, type Metrics, type MetricsOptions } from './metrics.ts';

function open(t: TestContext, options?: MetricsOptions): Metrics {
  const metrics = createMetrics(options);
  t.after(() => metrics.close());
  return metrics;
}

/** Reads the text format: series with its labels, as written, to its value. */
async function read(metrics: Metrics): Promise<Map<string, number>> {
  const series = new Map<string, number>();
  for (const line of (await metrics.render()).split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([a-z_][a-z0-9_]*(?:\{[^}]*\})?) (\S+)$/i.exec(line);
    assert.ok(match?.[1] !== undefined, `not in Prometheus' format: ${line}`);
    series.set(match[1], Number(match[2]));
  }
  return series;
}

test('metrics are what sessions and the way to the workers count with', (t) => {
  const metrics: SessionMetrics = open(t);
  metrics.sessionOpened('websocket');
  const speech: SpeechMetrics = open(t).speech;
  speech.workerChosen('random');
});

test('every metric of ours carries the prefix, and those of the process are there', async (t) => {
  const names = [...(await read(open(t))).keys()].map((series) => series.split('{')[0] ?? '');
  assert.deepEqual(
    names.filter((name) => !/^(parley|process|nodejs)_/.test(name)),
    [],
  );
  assert.ok(names.includes('process_resident_memory_bytes'));
  assert.ok(names.includes('parley_event_loop_delay_seconds'));
});

test('what is counted is shown under its labels', async (t) => {
  const metrics = open(t, { droppedLogLines: () => 3 });
  metrics.sessionOpened('websocket');
  metrics.sessionClosed('websocket', 'idle_timeout');
  metrics.stateChanged('websocket', 'LISTENING', 'SPEAKING');
  metrics.transitionRefused();
  metrics.messageReceived('text');
  metrics.messageReceived('text');
  metrics.errorSent('SYNTHESIS_FAILED');
  metrics.errorSent('SLOW_CONSUMER');
  metrics.speech.workerChosen('queue_depth');
  metrics.speech.failure('first_frame_timeout');
  metrics.speech.failedOver('mid_segment');
  metrics.speech.synthesisStarted();
  metrics.speech.synthesisStarted();
  metrics.speech.backPressureMs(40);
  metrics.speech.synthesisEnded('completed');
  const series = await read(metrics);
  const expected = {
    'parley_sessions_opened_total{transport="websocket"}': 1,
    'parley_sessions_closed_total{transport="websocket",reason="idle_timeout"}': 1,
    'parley_session_transitions_total{transport="websocket",from="LISTENING",to="SPEAKING"}': 1,
    parley_session_transitions_refused_total: 1,
    'parley_messages_received_total{type="text"}': 2,
    'parley_errors_total{code="SYNTHESIS_FAILED"}': 1,
    'parley_errors_total{code="SLOW_CONSUMER"}': 1,
    parley_slow_consumers_total: 1,
    'parley_worker_choices_total{strategy="queue_depth"}': 1,
    'parley_worker_failures_total{reason="first_frame_timeout"}': 1,
    'parley_worker_fail_overs_total{phase="mid_segment"}': 1,
    'parley_syntheses_total{result="completed"}': 1,
    parley_syntheses_running: 1,
    parley_worker_held_back_seconds_total: 0.04,
    parley_log_lines_dropped_total: 3,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(series.get(name), value, name);
});

test('whatever arrives, the number of series is bounded', async (t) => {
  const metrics = open(t);
  for (let i = 0; i < 1000; i += 1) {
    const name = `n${i}"}\n`;
    metrics.messageReceived(name);
    metrics.errorSent(name);
    metrics.sessionClosed(name, name);
    metrics.stateChanged(name, name, name);
    metrics.speech.failure(`reason ${i}`);
  }
  const series = [...(await metrics.render()).matchAll(/^parley_\w+_total\{.*$/gm)].map(([line]) => line);
  const of = (name: string): string[] => series.filter((line) => line.startsWith(`parley_${name}{`));
  assert.deepEqual(of('messages_received_total'), ['parley_messages_received_total{type="other"} 1000']);
  assert.deepEqual(of('errors_total'), ['parley_errors_total{code="other"} 1000']);
  assert.equal(of('sessions_closed_total').length, 17);
  assert.equal(of('worker_failures_total').length, 33);
});

test("first audio, ours and the worker's apart, is shown in seconds", async (t) => {
  const metrics = open(t);
  metrics.firstAudio(30);
  metrics.firstAudio(-1);
  metrics.firstAudio(Number.NaN);
  metrics.speech.workerFirstAudioMs(120);
  const series = await read(metrics);
  assert.equal(series.get('parley_first_audio_seconds_count'), 2);
  assert.equal(series.get('parley_first_audio_seconds_sum'), 0.03);
  assert.equal(series.get('parley_first_audio_seconds_bucket{le="0.025"}'), 1);
  assert.equal(series.get('parley_first_audio_seconds_bucket{le="0.05"}'), 2);
  assert.equal(series.get('parley_worker_first_audio_seconds_sum'), 0.12);
});

test('speech recognition is shown: real-time factor, waits, queue, what was shed, failed and restarted', async (t) => {
  const metrics = open(t);
  metrics.asr.queueChanged(3, 2);
  metrics.asr.decoded({ kind: 'partial', audioMs: 1000, decodeMs: 250, waitMs: 0 });
  metrics.asr.decoded({ kind: 'final', audioMs: 2000, decodeMs: 3000, waitMs: 400 });
  metrics.asr.decoded({ kind: 'final', audioMs: 0, decodeMs: 5, waitMs: 0 });
  metrics.asr.partialShed();
  metrics.asr.failed('TIMED_OUT');
  metrics.asr.failed('OVERLOADED');
  metrics.asr.restarted();
  const series = await read(metrics);
  const expected = {
    parley_asr_decodes_waiting: 3,
    parley_asr_decodes_running: 2,
    'parley_asr_decodes_total{kind="partial"}': 1,
    'parley_asr_decodes_total{kind="final"}': 2,
    'parley_asr_real_time_factor_sum{kind="partial"}': 0.25,
    'parley_asr_real_time_factor_sum{kind="final"}': 1.5,
    'parley_asr_real_time_factor_count{kind="final"}': 1,
    'parley_asr_real_time_factor_bucket{le="1",kind="final"}': 0,
    'parley_asr_real_time_factor_bucket{le="1.5",kind="final"}': 1,
    'parley_asr_wait_seconds_sum{kind="final"}': 0.4,
    parley_asr_partials_shed_total: 1,
    'parley_asr_failures_total{code="TIMED_OUT"}': 1,
    'parley_asr_failures_total{code="OVERLOADED"}': 1,
    parley_asr_restarts_total: 1,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(series.get(name), value, name);
});

test('barge-ins are shown by what came of them, and how long the hold took in seconds', async (t) => {
  const metrics = open(t);
  metrics.bargeInHeld();
  metrics.bargeInHeld();
  metrics.bargeInLatency(160);
  metrics.bargeInEnded('false_alarm');
  metrics.bargeInEnded('confirmed');
  const series = await read(metrics);
  assert.equal(series.get('parley_barge_ins_held_total'), 2);
  assert.equal(series.get('parley_barge_ins_ended_total{result="false_alarm"}'), 1);
  assert.equal(series.get('parley_barge_ins_ended_total{result="confirmed"}'), 1);
  assert.equal(series.get('parley_barge_in_latency_seconds_sum'), 0.16);
  assert.equal(series.get('parley_barge_in_latency_seconds_bucket{le="0.15"}'), 0);
  assert.equal(series.get('parley_barge_in_latency_seconds_bucket{le="0.2"}'), 1);
});

test('what the voice activity engine counts is asked for during the scrape', async (t) => {
  const metrics = open(t);
  const stats = {
    streams: 4,
    decisions: 90,
    inferredWindows: 50,
    batches: 20,
    shedWindows: 7,
    threadRestarts: 1,
  };
  metrics.observeVad(() => stats);
  const first = await read(metrics);
  assert.equal(first.get('parley_vad_streams'), 4);
  assert.equal(first.get('parley_vad_decisions_total'), 90);
  assert.equal(first.get('parley_vad_windows_inferred_total'), 50);
  assert.equal(first.get('parley_vad_windows_shed_total'), 7);
  assert.equal(first.get('parley_vad_restarts_total'), 1);
  stats.shedWindows = 9;
  assert.equal((await read(metrics)).get('parley_vad_windows_shed_total'), 9);
});

test('frame lateness is a histogram that agrees with the count of frames', async (t) => {
  const metrics = open(t);
  for (const latenessMs of [0, 1.5, 4, 250]) metrics.frameSent(latenessMs);
  metrics.underrun();
  metrics.heldBack(1500);
  const series = await read(metrics);
  assert.equal(series.get('parley_frames_sent_total'), 4);
  assert.equal(series.get('parley_frame_lateness_seconds_count'), 4);
  assert.equal(series.get('parley_frame_lateness_seconds_bucket{le="0.001"}'), 1);
  assert.equal(series.get('parley_frame_lateness_seconds_bucket{le="0.005"}'), 3);
  assert.equal(series.get('parley_frame_lateness_seconds_bucket{le="0.1"}'), 3);
  assert.equal(series.get('parley_frame_lateness_seconds_bucket{le="+Inf"}'), 4);
  assert.equal(series.get('parley_frame_lateness_seconds_sum'), 0.2555);
  assert.equal(series.get('parley_underruns_total'), 1);
  assert.equal(series.get('parley_client_held_back_seconds_total'), 1.5);
  const second = await read(metrics);
  assert.equal(second.get('parley_frames_sent_total'), 4, 'a scrape must not count anything again');
});

test('open sessions are looked at during the scrape, and a state that empties goes to zero', async (t) => {
  const metrics = open(t);
  const idle = { transport: 'websocket', state: 'LISTENING', queuedFrames: 0 };
  const busy = { transport: 'websocket', state: 'SPEAKING', queuedFrames: 7 };
  let sessions = [idle, busy, { ...busy, queuedFrames: 5 }];
  metrics.observeSessions(() => sessions);
  const first = await read(metrics);
  assert.equal(first.get('parley_sessions_active{transport="websocket",state="SPEAKING"}'), 2);
  assert.equal(first.get('parley_sessions_active{transport="websocket",state="LISTENING"}'), 1);
  assert.equal(first.get('parley_queued_frames'), 12);
  assert.equal(first.get('parley_queued_frames_max'), 7);
  sessions = [idle];
  const second = await read(metrics);
  assert.equal(second.get('parley_sessions_active{transport="websocket",state="SPEAKING"}'), 0);
  assert.equal(second.get('parley_queued_frames'), 0);
});

test('closing twice is harmless, and metrics can still be read', async () => {
  const metrics = createMetrics();
  metrics.close();
  metrics.close();
  assert.ok((await read(metrics)).has('parley_frames_sent_total'));
});

test('claims to places are counted, and the fleet is looked at during a scrape', async (t) => {
  const metrics = open(t);
  const breakers = { open: 1, probing: 0 };
  let leasesHeld = 1;
  metrics.fleet.observeFleet(() => ({ leasesHeld, leasesUnbacked: 2, waiting: 4, breakers }));
  metrics.fleet.claimDone('shared', 1);
  metrics.fleet.claimDone('no_room', 3);
  metrics.fleet.claimDone('x', NaN);
  leasesHeld = 3;
  const series = await read(metrics);
  const expected = {
    'parley_lease_claims_total{outcome="shared"}': 1,
    'parley_lease_claims_total{outcome="no_room"}': 1,
    'parley_lease_claims_total{outcome="other"}': 1,
    parley_lease_claim_seconds_count: 2,
    parley_lease_claim_seconds_sum: 0.004,
    parley_leases_held: 3,
    parley_leases_unbacked: 2,
    parley_place_waits: 4,
    'parley_worker_breakers{state="open"}': 1,
    'parley_worker_breakers{state="probing"}': 0,
  };
  assert.deepEqual(
    Object.fromEntries(Object.keys(expected).map((name) => [name, series.get(name)])),
    expected,
  );
});
