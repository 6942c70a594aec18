/** Commands of `parley talk`, and what they do. */
export const talkCommands: Readonly<Record<TalkCommandName, string>> = {
  pause: 'hold the speech where it is',
  resume: 'go on with it',
  stop: 'drop what is being said and what waits',
  quit: 'leave',
  help: 'show this',
};

/** Name of a command, without its slash. */
export type TalkCommandName = 'pause' | 'resume' | 'stop' | 'quit' | 'help';

/** What a typed line means. */
export type TalkLine =
  | { readonly kind: 'blank' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'command'; readonly name: TalkCommandName }
  | { readonly kind: 'unknown'; readonly word: string };

/** Reads a typed line: `/name` is a command, `//text` is text that begins with a slash, the rest is text. */
export function parseLine(line: string): TalkLine {
  const text = line.trim();
  if (text === '') return { kind: 'blank' };
  if (!text.startsWith('/')) return { kind: 'text', text };
  if (text.startsWith('//')) return { kind: 'text', text: text.slice(1) };
  const name = text.slice(1).toLowerCase();
  return isCommand(name)
    ? { kind: 'command', name }
    : { kind: 'unknown', word: text.split(/\s/u, 1)[0] ?? text };
}

/** The commands as a list for the terminal. */
export function talkHelp(): string {
  const lines = Object.entries(talkCommands).map(([name, what]) => `  /${name.padEnd(8)}${what}`);
  return ['Type a sentence to hear it. A line that begins with / is a command:', ...lines].join('\n');
}

function isCommand(name: string): name is TalkCommandName {
  return Object.hasOwn(talkCommands, name);
}
