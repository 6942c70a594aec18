// A tone worker for tests; tells its address over IPC and ends with its parent.
import { createToneEngine, startWorker, systemClock } from '@parley/worker';

const exit = (): void => process.exit(70);
process.on('disconnect', exit);
const options: unknown = JSON.parse(process.argv[2] ?? '{}');
if (typeof options !== 'object' || options === null) throw new TypeError('the options must be an object');
const engine = createToneEngine({ clock: systemClock, options: { ...options }, exit });
const worker = await startWorker({ engine, name: 'tone', frameMs: 20 });
process.send?.(worker.addr);
