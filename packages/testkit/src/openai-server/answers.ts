import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnswerPlan } from './plans.ts';

/** Waits; 0 only lets other work come first. */
export async function waitMs(ms: number): Promise<void> {
  if (ms > 0) await sleep(ms);
  else await new Promise(setImmediate);
}

/** Waits as planned and answers where the plan is no ordinary answer; says whether that was all. */
export async function answerPlainly(response: ServerResponse, plan: AnswerPlan): Promise<boolean> {
  const { status = 200, retryAfterSeconds, fault, faultAfter = 0, delayMs = 0 } = plan;
  await waitMs(delayMs);
  if (response.destroyed) return true;
  if (status !== 200) {
    const retryAfter = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    response.writeHead(status, { 'content-type': 'application/json', ...retryAfter });
    response.end(JSON.stringify({ error: { message: `planned ${status}` } }));
    return true;
  }
  if (faultAfter > 0) return false;
  switch (fault) {
    case 'never_answers':
      return true;
    case 'dies':
      response.destroy();
      return true;
    case 'nonsense':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('<html>');
      return true;
    case 'stalls':
    case 'error_in_stream':
    case undefined:
      return false;
    default:
      fault satisfies never;
      return false;
  }
}

/** Writes server-sent events until they end, the client has gone or the planned fault shows. */
export async function sendEvents(
  response: ServerResponse,
  plan: AnswerPlan,
  events: AsyncIterable<string> | Iterable<string>,
  writeBytes?: number,
): Promise<void> {
  let sent = 0;
  for await (const event of events) {
    if (response.destroyed) return;
    if (plan.fault !== undefined && sent >= (plan.faultAfter ?? 0)) return fail(response, plan.fault);
    sent += 1;
    await write(response, `data: ${event}\n\n`, writeBytes);
  }
  response.end();
}

function fail(response: ServerResponse, fault: NonNullable<AnswerPlan['fault']>): void {
  if (fault === 'dies') response.destroy();
  if (fault === 'nonsense') response.end('data: {"choices"\n\n');
  if (fault === 'error_in_stream') {
    response.end(`data: ${JSON.stringify({ error: { message: 'planned error', code: 'overloaded' } })}\n\n`);
  }
}

async function write(response: ServerResponse, text: string, writeBytes: number | undefined): Promise<void> {
  const bytes = Buffer.from(text);
  const step = writeBytes ?? bytes.length;
  for (let start = 0; start < bytes.length; start += step) {
    response.write(bytes.subarray(start, start + step));
    // Each piece is a chunk of its own; waiting keeps them from becoming one read.
    if (writeBytes !== undefined) await waitMs(0);
  }
}
