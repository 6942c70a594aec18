import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { loadResampler } from '@parley/audio';
import {
  decodeAudioFrame,
  decodeServerMessageV1,
  type OutputFormat,
  type SessionSettings,
} from '@parley/protocol';
import { ParleyV1Dialect } from './parley-v1-dialect.ts';
import { BINARY_OPCODE, frameHeaderBytes, newFrame, TEXT_OPCODE } from './websocket-frame.ts';

const FRAME = Uint8Array.from({ length: 1920 }, (_, index) => index % 256);

describe('the dialect parley.v1', () => {
  let dialect: ParleyV1Dialect;

  beforeEach(async () => {
    dialect = new ParleyV1Dialect(200, await loadResampler());
  });

  afterEach(() => dialect.close());

  function configure(output: Partial<OutputFormat>): void {
    const settings = { output: { ...dialect.defaults.output, ...output } };
    dialect.configure(settings as SessionSettings);
  }

  test('writes a frame as a binary message with its place in the session', () => {
    const decoded = decodeAudioFrame(messageOf(BINARY_OPCODE, dialect.encodeAudio(FRAME, 51, 3, 48_000)));
    assert.ok(decoded.kind === 'ok');
    const { payload, ...header } = decoded.frame;
    assert.deepEqual(header, {
      encoding: 'pcm_s16le',
      flags: 0,
      generation: 3,
      sequence: 51,
      sampleOffset: 48_000,
    });
    assert.deepEqual(Uint8Array.from(payload), FRAME);
  });

  test('writes audio in the encoding and at the rate of the output', () => {
    configure({ encoding: 'mulaw', sample_rate: 8000 });
    const decoded = decodeAudioFrame(messageOf(BINARY_OPCODE, dialect.encodeAudio(FRAME, 51, 0, 12_345)));
    assert.ok(decoded.kind === 'ok');
    assert.equal(decoded.frame.encoding, 'mulaw');
    assert.equal(decoded.frame.sampleOffset, 12_345);
    assert.equal(decoded.frame.payload.byteLength, 160);
  });

  for (const [output, least, most] of [
    [{}, 1920, 2000],
    [{ sample_rate: 8000 }, 320, 400],
    [{ encoding: 'mulaw', sample_rate: 8000 }, 160, 240],
    [{ encoding: 'opus' }, 60, 240],
    [{ container: 'json' }, 2560, 2700],
  ] as const) {
    test(`knows how long a message is, so that a full socket means the same for ${JSON.stringify(output)}`, () => {
      configure(output);
      const { audioMessageBytes } = dialect;
      assert.ok(audioMessageBytes >= least && audioMessageBytes <= most, `${audioMessageBytes} bytes`);
      const { byteLength } = dialect.encodeAudio(FRAME, 1, 0, 0);
      assert.ok(Math.abs(byteLength - audioMessageBytes) <= 120, `${byteLength} bytes in truth`);
    });
  }

  for (const encoding of ['pcm_s16le', 'mulaw'] as const) {
    test(`goes on with ${encoding} at 8 kHz after a frame that another connection sent`, async () => {
      const tone = (sequence: number): Uint8Array => {
        const at = (index: number): number => Math.sin((sequence * 960 + index) / 20) * 9000;
        return new Uint8Array(Int16Array.from({ length: 960 }, (_, index) => at(index)).buffer);
      };
      const other = new ParleyV1Dialect(200, await loadResampler());
      const settings = {
        output: { ...dialect.defaults.output, encoding, sample_rate: 8000 },
      } as SessionSettings;
      for (const each of [dialect, other]) each.configure(settings);
      for (const sequence of [1, 2, 3]) dialect.encodeAudio(tone(sequence), sequence, 0, 0);
      other.encodeAudio(tone(3), 3, 0, 0);
      const expected = dialect.encodeAudio(tone(4), 4, 0, 480);
      assert.deepEqual(other.encodeAudio(tone(4), 4, 0, 480), expected);
      other.close();
    });
  }

  test('writes JSON audio where that is the container', () => {
    configure({ container: 'json', sample_rate: 24_000 });
    const decoded = decodeServerMessageV1(
      messageOf(TEXT_OPCODE, dialect.encodeAudio(FRAME, 3, 1, 960)).toString('latin1'),
    );
    assert.ok(decoded.kind === 'ok' && decoded.message.type === 'audio');
    const { pcm, ...rest } = decoded.message;
    assert.equal(Buffer.from(pcm, 'base64').byteLength, 960);
    assert.deepEqual(rest, {
      type: 'audio',
      sample_rate: 24_000,
      frame_ms: 20,
      sequence: 3,
      generation: 1,
      sample_offset: 960,
    });
  });
});

/** The message in a WebSocket frame whose payload has 126 to 65,535 bytes, after a check of its header. */
function messageOf(opcode: number, frame: Buffer): Buffer {
  const bytes = frame.byteLength - frameHeaderBytes(126);
  assert.deepEqual(frame.subarray(0, 4), newFrame(opcode, bytes).subarray(0, 4));
  return frame.subarray(4);
}
