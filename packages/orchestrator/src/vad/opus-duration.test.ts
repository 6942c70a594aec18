import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpusScript from 'opusscript';
import { opusDurationMs } from '@parley/protocol';

test('a packet says how long it is, as its decoder finds', () => {
  const opus = new OpusScript(48_000, 1, OpusScript.Application.AUDIO);
  for (const ms of [2.5, 5, 10, 20, 40, 60]) {
    const samples = ms * 48;
    const pcm = Buffer.alloc(2 * samples, 7);
    const packet = opus.encode(pcm, samples);
    assert.equal(opusDurationMs(packet), ms);
    assert.equal(opus.decode(packet).byteLength, 2 * samples);
  }
  opus.delete();
});

test('the number of frames counts: one, two, or as many as are said', () => {
  const silk20ms = 1 << 3;
  assert.equal(opusDurationMs(Uint8Array.of(silk20ms)), 20);
  assert.equal(opusDurationMs(Uint8Array.of(silk20ms | 1, 0)), 40);
  assert.equal(opusDurationMs(Uint8Array.of(silk20ms | 2, 0)), 40);
  assert.equal(opusDurationMs(Uint8Array.of(silk20ms | 3, 0xc0 | 6)), 120);
});

test('what holds nothing, or more than a packet can, is none', () => {
  const silk20ms = 1 << 3;
  for (const bytes of [[], [silk20ms | 3], [silk20ms | 3, 0xc0], [silk20ms | 3, 7], [0xff, 0xff]]) {
    assert.equal(opusDurationMs(Uint8Array.from(bytes)), undefined);
  }
});
