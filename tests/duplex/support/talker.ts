import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { SessionSettingsUpdate, UtteranceEndMessageV1 } from '@parley/client';
import { parseWav, wavHeader } from '@parley/client/node';

/** What a talker does: it has a text spoken and talks over it, as often as there are rounds. */
export interface TalkerOrders {
  readonly url: string;
  /** WAV file that is its microphone, from the moment speech has begun. */
  readonly microphonePath: string;
  /** WAV file to write: what it heard, without pauses. */
  readonly recordingPath: string;
  readonly text: string;
  readonly rounds: number;
  readonly settings?: SessionSettingsUpdate;
}

/** One text as the talker met it. Times are ms of its own clock. */
export interface TalkerRound {
  readonly end: UtteranceEndMessageV1;
  /** Sample of the recording, and of the session's sample axis, with which the text began. */
  readonly fromSample: number;
  /** Where playback had come to when it was cleared; absent where it was not. */
  readonly clearedAtSample?: number;
  /** When the first sample of the microphone was sent. */
  readonly microphoneStartedMs: number;
  /** When the last frame before the clear came, held or not. */
  readonly lastFrameMs: number;
  /** When the microphone audio was sent with which the server decided that somebody speaks. */
  readonly decidedMs?: number;
  readonly speechStartedMs?: number;
  readonly heldMs?: number;
  readonly clearedMs?: number;
  /** Frames that came between the decision that somebody speaks, which holds speech, and what ended the hold. */
  readonly framesWhileHeld: number;
  /** How often speech was held. */
  readonly holds: number;
}

/** What a talker brings back. */
export interface TalkerReport {
  readonly rounds: readonly TalkerRound[];
  readonly problems: readonly string[];
  readonly missingSamples: number;
  readonly repeatedFrames: number;
  /** What it heard. */
  readonly heard: Int16Array;
}

const TALKER_PROCESS = fileURLToPath(new URL('./talker-process.ts', import.meta.url));

/** Has a process of its own talk to a server by the SDK, with this microphone audio (16 kHz) in real time. */
export async function runTalker(
  orders: Omit<TalkerOrders, 'microphonePath' | 'recordingPath'>,
  microphone: Int16Array,
): Promise<TalkerReport> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-talker-'));
  try {
    const microphonePath = join(folder, 'microphone.wav');
    const recordingPath = join(folder, 'heard.wav');
    const bytes = new Uint8Array(microphone.buffer, microphone.byteOffset, microphone.byteLength);
    writeFileSync(microphonePath, Buffer.concat([wavHeader(16_000, microphone.length), bytes]));
    const all: TalkerOrders = { ...orders, microphonePath, recordingPath };
    const child = spawn(process.execPath, [TALKER_PROCESS, JSON.stringify(all)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [answer, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    if (code !== 0) throw new Error(`the talker ended with ${String(code)}`);
    // The only writer of this is talker-process.ts.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const report = JSON.parse(answer) as Omit<TalkerReport, 'heard'>;
    return { ...report, heard: parseWav(readFileSync(recordingPath)).samples };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
