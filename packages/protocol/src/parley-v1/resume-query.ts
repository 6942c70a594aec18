/** What a client that comes back says about the session it left: parameters of the URL. */
export interface ResumeRequest {
  /** The `resume_token` of the last `session_start`. */
  readonly token: string;
  /** The next `sample_offset` it expects: audio is sent again from there. */
  readonly samples: number;
  /** Text messages of the session that it received: those after them are sent again. */
  readonly events: number;
}

/** What came of {@link readResumeQuery}. */
export type ResumeQuery =
  | { readonly kind: 'absent' }
  | { readonly kind: 'resume'; readonly request: ResumeRequest }
  /** The detail of a `RESUME_FAILED`. */
  | { readonly kind: 'invalid'; readonly problem: string };

/** Most characters of a token. */
const MAX_TOKEN_CHARACTERS = 256;

/** Adds the parameters of `request` to those of a URL. */
export function writeResumeQuery(parameters: URLSearchParams, request: ResumeRequest): void {
  parameters.set('resume', request.token);
  parameters.set('samples', String(request.samples));
  parameters.set('events', String(request.events));
}

/** Reads the parameters of a URL; never throws. */
export function readResumeQuery(parameters: URLSearchParams): ResumeQuery {
  const token = parameters.get('resume');
  if (token === null) return { kind: 'absent' };
  if (token === '' || token.length > MAX_TOKEN_CHARACTERS) {
    return { kind: 'invalid', problem: '"resume" must be the token of a session_start.' };
  }
  const samples = readCount(parameters.get('samples'));
  if (samples === undefined) return { kind: 'invalid', problem: `"samples" must be ${COUNT}.` };
  const events = readCount(parameters.get('events'));
  if (events === undefined) return { kind: 'invalid', problem: `"events" must be ${COUNT}.` };
  return { kind: 'resume', request: { token, samples, events } };
}

const COUNT = `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`;

function readCount(text: string | null): number | undefined {
  if (text === null || !/^\d{1,16}$/.test(text)) return undefined;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : undefined;
}
