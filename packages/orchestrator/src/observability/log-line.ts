/** What stands in a log line where a secret stood. */
const REDACTED = '[redacted]';

const secretKeys: ReadonlySet<string> = new Set([
  'accesstoken',
  'apikey',
  'apisecret',
  'authorization',
  'authtoken',
  'clientsecret',
  'cookie',
  'passwd',
  'password',
  'privatekey',
  'proxyauthorization',
  'refreshtoken',
  'resumetoken',
  'secret',
  // Browsers cannot set headers on a WebSocket, so keys travel here.
  'secwebsocketprotocol',
  'setcookie',
  'token',
  'xapikey',
]);

/** A cheap look first: most lines hold nothing of the kind, and only suspects are parsed. */
const suspect =
  /authorization|cookie|api[-_]?key|api[-_]?secret|secret|passw|token|private[-_]?key|websocket-?protocol|bearer|basic |:\/\/[^\s/@"]*@|[?&](?:key|resume)=/i;

const secretParts: readonly (readonly [RegExp, string])[] = [
  [/:\/\/[^\s/@"]*@/g, `://${REDACTED}@`],
  [/([?&](?:token|access_token|api_key|key|resume)=)[^&\s"#]+/gi, `$1${REDACTED}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${REDACTED}`],
];

/**
 * Takes secrets out of one line of JSON: values of keys such as `authorization`, `api_key` or `token` at any
 * depth, and credentials inside strings (`redis://user:password@host`, `?token=...`, `Bearer ...`).
 */
export function redactLine(line: string): string {
  if (!suspect.test(line)) return line;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return `{"level":"error","msg":"a log line was withheld: it may hold a secret and is not JSON"}\n`;
  }
  return `${JSON.stringify(mapStrings(parsed, redactString, REDACTED))}\n`;
}

function redactString(value: string): string {
  return secretParts.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), value);
}

function mapStrings(value: unknown, change: (text: string) => string, secret: string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change, secret));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      secretKeys.has(key.toLowerCase().replaceAll(/[-_]/g, '')) ? secret : mapStrings(item, change, secret),
    ]),
  );
}

/** C1 controls (a terminal may obey them), line separators, and marks that change the direction of text. */
const deceptive = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Writes as `\uXXXX` the characters that JSON leaves as they are although a terminal or a log viewer would
 * obey them. They can only stand inside strings, so the line stays the same JSON.
 */
export function escapeDeceptive(line: string): string {
  return line.replace(deceptive, escapeCharacter);
}

/**
 * Makes a parsed line safe for pretty printing, which writes messages and stacks with their line breaks:
 * of a stack only the first line and the call sites stay, in keys and messages line breaks are shown as `\n`.
 */
export function flattenForTerminal(line: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(line).map(([key, value]: [string, unknown]) => {
      const name = flattenText(key);
      if (key === 'stack' && typeof value === 'string') return [name, flattenStack(value)];
      if (key === 'msg' && typeof value === 'string') return [name, flattenText(value)];
      return [name, isPlainObject(value) ? flattenForTerminal(value) : value];
    }),
  );
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function flattenStack(stack: string): string {
  const [first = '', ...rest] = stack.split('\n');
  return [first, ...rest.filter((line) => /^\s+at /.test(line))].map(flattenText).join('\n');
}

// oxlint-disable-next-line no-control-regex -- control characters are what this is about
const control = /[\u0000-\u001f]/g;

function flattenText(text: string): string {
  return text.replace(control, (character) => JSON.stringify(character).slice(1, -1));
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
