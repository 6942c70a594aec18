import { readFileSync } from 'node:fs';
import { connect, type ParleySession } from '@parley/client';
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
  const times: { speechStartedMs?: number; heldMs?: number; clearedMs?: number } = {};
  const stops = [
    session.on('audio', ({ sampleOffset }) => {
      fromSample ??= sampleOffset;
      if (isHeld) framesWhileHeld += 1;
      else if (times.heldMs === undefined) lastFrameMs = performance.now();
    }),
    session.on('speechStarted', () => {
      times.speechStartedMs ??= performance.now();
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
  await Promise.all([session.listen(microphone), ended]);
  while (!isPlayedOut(session)) await session.once('played');
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

async function played(session: ParleySession, samples: number): Promise<void> {
  while (player.playedSamples < samples) await session.once('played');
}

/** Whether the server has nothing to say; the player reports its last sample at once. */
function isPlayedOut(session: ParleySession): boolean {
  return session.state === 'LISTENING';
}
