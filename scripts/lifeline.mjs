// Loaded into the server by `superviseServer` (see there for why): the server's end of the pipe.
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const fd = process.env.PARLEY_LIFELINE_FD;

// Threads and processes of the server inherit `--import`, but the pipe is not theirs.
if (isMainThread && fd !== undefined) {
  delete process.env.PARLEY_LIFELINE_FD;
  watch(Number(fd));
}

function watch(pipeFd) {
  // A signal sent to the whole group and the supervisor's word about it arrive in either order, and are one.
  const sameMs = 1000;
  const graceMs = 50;
  let lastDirectMs = Number.NEGATIVE_INFINITY;
  let isOwn = false;
  let wasAsked = false;

  const raise = (signal) => {
    isOwn = true;
    process.kill(process.pid, signal);
  };

  const onSignal = (signal) => {
    if (!isOwn) lastDirectMs = performance.now();
    isOwn = false;
    if (signal !== 'SIGHUP') wasAsked = true;
    if (process.listenerCount(signal) > 1) return;
    if (signal === 'SIGHUP' && process.listenerCount('SIGTERM') > 1) {
      // The terminal or the supervisor has gone. That asks the server to end, but never to hurry: when npm is
      // signalled along with us and ends before us, this comes on top.
      if (!wasAsked) raise('SIGTERM');
      wasAsked = true;
      return;
    }
    // Nobody else listens: what would have happened without this module.
    process.removeListener(signal, onSignal);
    raise(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);

  const ask = (signal) => {
    if (performance.now() - lastDirectMs > sameMs) raise(signal);
  };

  const pipe = new Socket({ fd: pipeFd, readable: true, writable: false });
  pipe.setEncoding('utf8');
  pipe.unref();
  pipe.on('data', (lines) => {
    const signal = lines.trim().split('\n').at(-1);
    setTimeout(ask, graceMs, signal).unref();
  });
  pipe.once('error', () => pipe.destroy());
  pipe.once('close', () => ask('SIGHUP'));
}
