// `npm run chaos -- --seed N --minutes M`: the chaos suite for as long as you like. With `--redis-outage`: Redis is
// gone for a minute under load, and nothing else happens.
import { parseArgs } from 'node:util';
import { runChaos } from './support/run-chaos.ts';
import { runOutage } from './support/run-outage.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '10' },
    'redis-outage': { type: 'boolean' },
    clients: { type: 'string', default: '60' },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);
if (values['redis-outage'] === true) {
  const { losses } = await runOutage({ clients: 40, newcomers: 12, outageMs: 60_000, print });
  process.exit(losses.length > 0 ? 1 : 0);
}
const ledger = await runChaos({
  seed: Number(values.seed),
  durationMs: Number(values.minutes) * 60_000,
  clients: Number(values.clients),
  limits: { freezeMs: 12_000, redisGoneMs: 60_000 },
  calmMs: 5000,
  print,
});
process.exitCode = ledger.losses.length > 0 ? 1 : 0;
