import { readFileSync } from 'node:fs';
import { connect, type Microphone, type ParleySession } from '@parley/client';
import { createPcmPlayer, createWavMicrophone, openWavRecorder } from '@parley/client/node';
import type { TalkerOrders, TalkerReport, TalkerRound } from './talker.ts';

// The only writer of this is talker.ts.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const orders = JSON.parse(process.argv[2] ?? '') as TalkerOrders;
const wav = readFileSync(orders.microphonePath);
const player = createPcmPlayer({ output: openWavRecorder({ path: orders.recordingPath }) });
const session = await connect({
  url: orders.url,
  sink: player,
  ...(orders.settings !== undefined && { settings: orders.settings }),
});
const problems: string[] = [];
/** When each frame of microphone audio of the session was sent. */
const frameSentMs: number[] = [];
const FRAME_MS = 20;
session.on('error', (error) => problems.push(`${error.code}: ${error.message}`));

const rounds: TalkerRound[] = [];
for (let round = 0; round < orders.rounds; round += 1) rounds.push(await talkOver(session));
const { missingSamples, repeated } = session.speech;
await session.end();
await player.close();
const report: Omit<TalkerReport, 'heard'> = { rounds, problems, missingSamples, repeatedFrames: repeated };
process.stdout.write(JSON.stringify(report));

/** Has the text spoken, talks as soon as some of it was heard, and goes on to the end of both. */
async function talkOver(session: ParleySession): Promise<TalkerRound> {
  let isHeld = false;
  let lastFrameMs = 0;
  let framesWhileHeld = 0;
  let holds = 0;
  let fromSample: number | undefined;
  let clearedAtSample: number | undefined;
  const times: { decidedMs?: number; speechStartedMs?: number; heldMs?: number; clearedMs?: number } = {};
  const stops = [
    session.on('audio', ({ sampleOffset }) => {
      fromSample ??= sampleOffset;
      if (isHeld) framesWhileHeld += 1;
      if (times.clearedMs === undefined) lastFrameMs = performance.now();
    }),
    session.on('speechStarted', ({ decided_at_ms: decidedAtMs = 0 }) => {
      const decidedMs = frameSentMs[Math.ceil(decidedAtMs / FRAME_MS) - 1];
      if (decidedMs !== undefined) times.decidedMs ??= decidedMs;
      times.speechStartedMs ??= performance.now();
      // The hold comes with it.
      isHeld = true;
    }),
    session.on('held', (held) => {
      isHeld = held;
      if (!held) return;
      holds += 1;
      times.heldMs ??= performance.now();
    }),
    session.on('cleared', ({ samples }) => {
      clearedAtSample ??= samples;
      times.clearedMs ??= performance.now();
    }),
  ];
  const playedBefore = player.playedSamples;
  const ended = session.once('utteranceEnd');
  session.say(orders.text);
  await played(session, playedBefore + 24_000);
  const microphone = createWavMicrophone({ wav, trailingSilenceMs: 500 });
  const microphoneStartedMs = performance.now();
  await Promise.all([session.listen(timed(microphone)), ended]);
  // Told right after the end: by then the player has reported its last sample.
  while (session.state !== 'LISTENING') await session.once('state');
  for (const stop of stops) stop();
  return {
    end: await ended,
    fromSample: fromSample ?? 0,
    ...(clearedAtSample !== undefined && { clearedAtSample }),
    microphoneStartedMs,
    lastFrameMs,
    ...times,
    framesWhileHeld,
    holds,
  };
}

/** Notes when each frame of microphone audio is sent. */
function timed(microphone: Microphone): Microphone {
  return {
    ...microphone,
    start: (listener) =>
      microphone.start((samples) => {
        listener(samples);
        frameSentMs.push(performance.now());
      }),
  };
}

async function played(session: ParleySession, samples: number): Promise<void> {
  while (player.playedSamples < samples) await session.once('played');
}
