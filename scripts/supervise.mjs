import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { runChild } from './run-child.mjs';

const parentCheckMs = 500;

const lifeline = new URL('./lifeline.mjs', import.meta.url);

/**
 * Runs a server so that a request to end reaches it exactly once, and so that it cannot outlive this process.
 *
 * A second signal means "at once" to the server, so passing signals on blindly would cut speech off whenever the
 * terminal, systemd or a script signals the whole group: the server would get its own and ours (and npm, too,
 * passes on the Ctrl-C that we got already). Giving it a group of its own (`detached`) would take it away from
 * the terminal (Ctrl-Z, window size) and not help against systemd, which signals every process of a unit. So the
 * server stays in our group, and we do not signal it but tell it, over a pipe, that we were asked;
 * `lifeline.mjs`, loaded into the server, acts on that only when no signal of its own came with it. The pipe's
 * end tells it that we are gone, `kill -9` included.
 *
 * Run by npm, our parent is a shell that npm's SIGTERM ends and that tells us nothing; its death counts as a hang-up,
 * and so does that of npm itself, which the shell outlives when npm is killed outright.
 *
 * @param node Node to run the server on
 * @param args its arguments, the script first
 * @returns how it ended, as `runChild`
 */
export async function superviseServer(node, args, options = {}) {
  let parentCheck;
  const result = await runChild(node, ['--import', lifeline.href, ...args], {
    ...options,
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...(options.env ?? process.env), PARLEY_LIFELINE_FD: '3' },
    onSignal: tell,
    onSpawn: (child) => {
      parentCheck = watchParent(() => tell('SIGHUP', child));
    },
  });
  clearInterval(parentCheck);
  return result;
}

function tell(signal, child) {
  const pipe = child.stdio[3];
  // The pipe breaks when the server has just ended; its exit is reported anyway.
  pipe.once('error', () => {});
  pipe.write(`${signal}\n`);
}

// Only under npm: a shell that started us in the background may go and leave us running.
function watchParent(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const npm = isNpm(parent) ? undefined : parentOf(parent);
  const check = setInterval(() => {
    if (process.ppid === parent && (npm === undefined || parentOf(parent) === npm)) return;
    clearInterval(check);
    onGone();
  }, parentCheckMs);
  return check;
}

// Some shells replace themselves by the command: then our parent is npm, and its parent none of our business.
// Where this cannot be told (no /proc), it is taken for npm, and only our parent is watched.
function isNpm(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === realpathSync(process.env.npm_node_execpath);
  } catch {
    return true;
  }
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // "pid (name) state ppid ...", where the name may hold anything.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
