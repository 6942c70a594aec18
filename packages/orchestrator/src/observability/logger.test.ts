import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, property, string } from 'fast-check';
import { type LogLevel, logLevels } from '../config/log-level.ts';
import { createLogger, type RootLogger } from './logger.ts';

interface Captured {
  readonly logger: RootLogger;
  readonly text: () => string;
}

function capture(options: { level?: LogLevel; pretty?: boolean } = {}): Captured {
  let written = '';
  const logger = createLogger({
    level: options.level ?? 'debug',
    pretty: options.pretty ?? false,
    destination: { write: (line) => (written += line) },
  });
  return { logger, text: () => written };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parseOnly(text: string): Record<string, unknown> {
  const lines = text.split('\n');
  assert.equal(lines.length, 2, `one line was expected: ${text}`);
  const line: unknown = JSON.parse(lines[0] ?? '');
  assert.ok(isRecord(line));
  return line;
}

test('a line is JSON with level, time, message and fields', () => {
  const { logger, text } = capture();
  logger.warn({ sessions: 3 }, 'Nearly full');
  const line = parseOnly(text());
  assert.equal(line['level'], 'warn');
  assert.equal(line['msg'], 'Nearly full');
  assert.equal(line['sessions'], 3);
  assert.ok(!Number.isNaN(Date.parse(String(line['time']))));
});

test('every spelling of a level is accepted and hides what is less severe', () => {
  for (const level of logLevels) {
    const { logger, text } = capture({ level });
    logger.debug({}, 'a');
    logger.info({}, 'b');
    logger.warn({}, 'c');
    logger.error({}, 'd');
    const count = text().split('\n').length - 1;
    const expected: Record<string, number> = { trace: 4, debug: 4, info: 3, warning: 2, warn: 2, error: 1 };
    assert.equal(count, expected[level.toLowerCase()] ?? 0, level);
  }
});

test('a child adds its bindings to every line, and so do its children', () => {
  const { logger, text } = capture();
  logger.child({ session: 's1' }).child({ turn: 't1' }).info({}, 'Turn began');
  const line = parseOnly(text());
  assert.equal(line['session'], 's1');
  assert.equal(line['turn'], 't1');
});

test('an error keeps its type, message, code and cause', () => {
  const { logger, text } = capture();
  const cause = new Error('connection refused');
  logger.error({ err: Object.assign(new Error('no worker', { cause }), { code: 'E1' }) }, 'Failed');
  const { err } = parseOnly(text());
  assert.ok(isRecord(err));
  assert.equal(err['type'], 'Error');
  assert.equal(err['code'], 'E1');
  assert.match(String(err['message']), /no worker: connection refused/);
});

test('no text from a client can add a line or a terminal command to JSON logs', () => {
  check(
    property(string({ unit: 'binary' }), (input) => {
      const { logger, text } = capture();
      const nasty = `${input}\n{"level":"info","msg":"forged"}\u2028\u009b31m\u202e`;
      logger.child({ client: nasty }).info({ text: nasty, [nasty]: 1, err: new Error(nasty) }, 'Got text');
      const line = parseOnly(text());
      assert.equal(line['msg'], 'Got text');
      // oxlint-disable-next-line no-control-regex -- control characters are what this is about
      assert.doesNotMatch(text().slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    }),
    { numRuns: 50 },
  );
});

test('no text from a client can begin a line of its own in pretty logs', () => {
  check(
    property(string({ unit: 'binary' }), (input) => {
      const { logger, text } = capture({ pretty: true });
      const nasty = `${input}\n[12:00:00.000] INFO: forged\r\u001b[2J\u2028\u009b31m`;
      const fields = { text: nasty, deep: { text: nasty }, list: [nasty], [nasty]: 1, err: new Error(nasty) };
      logger.info(fields, nasty);
      const starts = text()
        .split(/[\n\r\u2028]/)
        .filter((line) => /^\S/.test(line));
      assert.equal(starts.length, 1, text());
      // oxlint-disable-next-line no-control-regex -- control characters are what this is about
      assert.doesNotMatch(text(), /[\r\u001b\u007f-\u009f]/);
    }),
    { numRuns: 50 },
  );
});

test('secrets are left out wherever they stand', () => {
  const { logger, text } = capture();
  const secret = 'hunter2hunter2';
  logger.child({ headers: { Authorization: `Bearer ${secret}`, 'set-cookie': [secret] } }).info(
    {
      api_key: secret,
      apiSecret: { value: secret },
      nested: [{ deeper: { password: secret, 'Sec-WebSocket-Protocol': `parley.v1, ${secret}` } }],
      url: `redis://user:${secret}@redis:6379/0`,
      path: `/ws?token=${secret}&voice=en`,
      note: `sent bearer ${secret}`,
      err: new Error(`cannot reach rediss://:${secret}@redis`),
    },
    'Connecting',
  );
  assert.doesNotMatch(text(), new RegExp(secret));
  const line = parseOnly(text());
  assert.equal(line['path'], '/ws?token=[redacted]&voice=en');
  assert.equal(line['url'], 'redis://[redacted]@redis:6379/0');
});

test('words that only look like secrets stay', () => {
  const { logger, text } = capture();
  logger.info({ tokens: 7, session: 'a-session', url: 'http://host:80/path?text=key' }, 'Token stream ended');
  const line = parseOnly(text());
  assert.equal(line['tokens'], 7);
  assert.equal(line['url'], 'http://host:80/path?text=key');
  assert.equal(line['msg'], 'Token stream ended');
});
