// `npm run chaos -- --seed N --minutes M`: the chaos suite for as long as you like.
import { parseArgs } from 'node:util';
import { runChaos } from './support/run-chaos.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '10' },
    clients: { type: 'string', default: '60' },
  },
});
const ledger = await runChaos({
  seed: Number(values.seed),
  durationMs: Number(values.minutes) * 60_000,
  clients: Number(values.clients),
  limits: { freezeMs: 12_000, redisGoneMs: 60_000 },
  calmMs: 5000,
  print: (line) => void process.stdout.write(`${line}\n`),
});
process.exitCode = ledger.losses.length > 0 ? 1 : 0;
