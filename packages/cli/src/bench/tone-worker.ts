// The worker of a benchmark: an ordinary worker process with the tone engine, speaking counted samples in real
// time. Run as `tone-worker.ts <sessions> <duration ms> <lead ms>`; tells its port over IPC.
import { createToneEngine, startWorker, systemClock } from '@parley/worker';
import { reportListening } from './processes/listening.ts';

const [sessions = '100', durationMs = '10000', leadMs = '0'] = process.argv.slice(2);
const exit = (): void => process.exit(70);
const options = { mode: 'counted', speed: 1, duration_ms: durationMs, lead_ms: leadMs };
const worker = await startWorker({
  engine: createToneEngine({ clock: systemClock, options, exit }),
  name: 'bench',
  // Sessions that have ended may linger a little.
  maxSessions: 2 * Number(sessions) + 10,
});
reportListening(worker.port);
process.on('SIGTERM', () => process.exit(0));
