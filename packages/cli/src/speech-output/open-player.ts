import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { CliError } from '../cli-error.ts';
import { type Player, players } from './players.ts';
import type { SpeechOutput, SpeechOutputEvents } from './speech-output.ts';

/** Options of {@link openPlayer}. */
export interface OpenPlayerOptions {
  readonly events: SpeechOutputEvents;
  /** Programs to try, in this order. Default {@link players}. */
  readonly candidates?: readonly Player[];
}

type PlayerProcess = ChildProcessByStdio<Writable, null, Readable>;

const KEPT_COMPLAINT_CHARACTERS = 500;

/** Starts the first player there is; undefined when this machine has none. */
export async function openPlayer(options: OpenPlayerOptions): Promise<SpeechOutput | undefined> {
  for (const player of options.candidates ?? players) {
    const child = await tryStart(player);
    if (child !== undefined) return wrapPlayer(player, child, options.events);
  }
  return undefined;
}

/** The first player this machine has; undefined when it has none. Nothing is played. */
export async function findPlayer(candidates: readonly Player[] = players): Promise<Player | undefined> {
  for (const player of candidates) {
    const child = await tryStart({ command: player.command, args: ['--version'] });
    if (child === undefined) continue;
    child.stderr.resume();
    child.kill('SIGKILL');
    return player;
  }
  return undefined;
}

async function tryStart(player: Player): Promise<PlayerProcess | undefined> {
  const child = spawn(player.command, player.args, { stdio: ['pipe', 'ignore', 'pipe'] });
  // A player that dies early breaks its pipe; its exit says more than that.
  child.stdin.on('error', () => undefined);
  try {
    await once(child, 'spawn');
    return child;
  } catch {
    return undefined;
  }
}

function wrapPlayer(player: Player, child: PlayerProcess, events: SpeechOutputEvents): SpeechOutput {
  let complaint = '';
  let isAborted = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-KEPT_COMPLAINT_CHARACTERS);
  });
  child.stdin.on('drain', () => events.onDrained());
  const closed = new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('close', (code, signal) => {
      resolve();
      if (!isAborted && (code !== 0 || signal !== null)) events.onBroken(playerFailed(player, complaint));
    });
  });

  return {
    name: player.command,
    get backlogBytes() {
      return child.stdin.destroyed ? 0 : child.stdin.writableLength;
    },
    write(pcm) {
      if (child.stdin.writable) child.stdin.write(Uint8Array.from(pcm));
    },
    finish() {
      child.stdin.end();
      return closed;
    },
    abort() {
      isAborted = true;
      child.stdin.destroy();
      child.kill('SIGTERM');
      return closed;
    },
  };
}

function playerFailed(player: Player, complaint: string): CliError {
  const said = complaint.trim().replaceAll(/\s+/gu, ' ');
  return new CliError('PLAYER_FAILED', `${player.command} could not play${said === '' ? '.' : `: ${said}`}`, {
    advice: 'Has this machine a sound device? Without one, save the speech with -o file.wav.',
  });
}
