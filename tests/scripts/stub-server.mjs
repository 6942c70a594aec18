// Stands for the server in tests of its supervisor. Argument: what to do.
import { fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';

const [mode = 'listen'] = process.argv.slice(2);

switch (mode) {
  // Waits for a second signal as long as it takes.
  case 'listen twice':
  case 'listen': {
    const received = [];
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.on(signal, () => {
        received.push(signal);
        process.stdout.write(`got ${received.join(' ')}\n`);
        // Long enough for a second copy of the same request to show.
        if (received.length === 2 && mode === 'listen twice') process.exit(70);
        if (received.length === 1 && mode === 'listen') {
          setTimeout(() => process.exit(received.length === 1 ? 0 : 70), 800);
        }
      });
    }
    setInterval(() => {}, 60_000);
    process.stdout.write('ready\n');
    break;
  }
  case 'deaf':
    setInterval(() => {}, 60_000);
    process.stdout.write('ready\n');
    break;
  case 'exit':
    process.exitCode = 23;
    break;
  case 'abort':
    process.kill(process.pid, 'SIGKILL');
    break;
  case 'family': {
    // A thread and a child inherit `--import` and must not touch the pipe or take signals for their own.
    const count = "process.listenerCount('SIGTERM')";
    const thread = new Worker(`require('node:worker_threads').parentPort.postMessage(${count})`, {
      eval: true,
    });
    thread.once('message', (inThread) => {
      const child = fork(process.argv[1], ['member']);
      child.once('message', (inChild) => process.stdout.write(`listeners ${inThread} ${Number(inChild)}\n`));
    });
    break;
  }
  case 'member':
    process.send(process.listenerCount('SIGTERM'), () => process.disconnect());
    break;
  default:
    process.exitCode = 64;
}
