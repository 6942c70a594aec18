import assert from 'node:assert/strict';
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { until } from '@parley/testkit';

/** An HTTP answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks for `url` on a connection of its own; header names and values are sent as they are. */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
  const request = get(url, { headers, agent: false });
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  request.on('error', reject);
  request.on('response', (response: IncomingMessage) => {
    let body = '';
    response.setEncoding('utf8').on('data', (text: string) => (body += text));
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
  });
  request.on('upgrade', (response: IncomingMessage, socket: Duplex) => {
    socket.destroy();
    resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' });
  });
  return promise;
}

/** Asks for a WebSocket with nothing but the two headers that `curl` would be given, and leaves at once. */
export async function askUpgrade(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  return ask(url, { Connection: 'Upgrade', Upgrade: 'websocket', ...headers });
}

/** Asks again and again until an answer is right. */
export async function askUntil(url: string, isRight: (answer: HttpAnswer) => boolean): Promise<HttpAnswer> {
  const answers: HttpAnswer[] = [];
  await until(async () => isRight((answers[0] = await ask(url))), `the right answer of ${url}`);
  return answers[0] ?? assert.fail('there was an answer');
}

/** Sessions open on a server, by its own account. */
export async function countSessions(url: string): Promise<unknown> {
  return totalOf(await ask(`${url}/v1/sessions`));
}

/** Waits until a server has `count` sessions open. */
export async function untilSessions(url: string, count: number): Promise<void> {
  await askUntil(`${url}/v1/sessions`, (answer) => totalOf(answer) === count);
}

function totalOf({ body }: HttpAnswer): unknown {
  const list: unknown = JSON.parse(body);
  return typeof list === 'object' && list !== null && 'total' in list ? list.total : undefined;
}
