import { type Metadata, status } from '@grpc/grpc-js';
import { PREVIOUS_TEXT_CHARACTERS, PREVIOUS_TEXT_METADATA_KEY, type TextChunk } from '@parley/worker-api';
import { messageOf } from '../worker-error.ts';
import { failCall, RpcError, type SynthesisCall } from './rpc-error.ts';
import type { ServiceContext } from './service-context.ts';
import { unknownSession } from './session-calls.ts';
import { SynthesisRun } from './synthesis-run.ts';

/** Streams that one session may have open at once. */
const MAX_STREAMS_PER_SESSION = 8;
const DEFAULT_MAX_TEXT_LENGTH = 20_000;

/** Serves one Synthesize call: its first chunk says for which session it is. */
export function synthesize(call: SynthesisCall, context: ServiceContext): void {
  let run: SynthesisRun | undefined;
  let over = false;

  const onChunk = (chunk: TextChunk): void => {
    if (over) return;
    try {
      checkText(chunk, context);
      run ??= begin(call, chunk, context);
      if (chunk.sessionId !== run.sessionId) {
        throw new RpcError(status.INVALID_ARGUMENT, `this stream speaks for session ${run.sessionId} only`);
      }
      run.accept(chunk);
    } catch (error) {
      over = true;
      run?.cancel();
      failCall(call, error instanceof RpcError ? error.code : status.INTERNAL, messageOf(error));
    }
  };

  call.on('data', onChunk);
  call.on('end', () => {
    if (run === undefined && !over) call.end();
    run?.endText();
  });
  call.on('drain', () => run?.writer.drained());
  call.on('cancelled', () => {
    over = true;
    run?.cancel();
  });
}

function begin(call: SynthesisCall, { sessionId }: TextChunk, context: ServiceContext): SynthesisRun {
  const session = context.sessions.get(sessionId);
  if (session === undefined) throw unknownSession(sessionId);
  if (session.runs.size >= MAX_STREAMS_PER_SESSION) {
    const problem = `session ${sessionId} has ${session.runs.size} streams open already`;
    throw new RpcError(status.RESOURCE_EXHAUSTED, problem);
  }
  const run = new SynthesisRun({ ...context, call, session, previousText: previousTextOf(call.metadata) });
  context.onRun(run.run());
  return run;
}

function checkText({ text }: TextChunk, { maxTextLength = DEFAULT_MAX_TEXT_LENGTH }: ServiceContext): void {
  if (text.length <= maxTextLength) return;
  const problem = `the text has ${text.length} characters, but a chunk may have ${maxTextLength} at most`;
  throw new RpcError(status.INVALID_ARGUMENT, problem);
}

/** A hint: one that cannot be read is none. */
function previousTextOf(metadata: Metadata): string {
  try {
    return decodeURIComponent(String(metadata.get(PREVIOUS_TEXT_METADATA_KEY)[0] ?? '')).slice(
      -PREVIOUS_TEXT_CHARACTERS,
    );
  } catch {
    return '';
  }
}
