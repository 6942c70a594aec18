/** Every refusal over HTTP. */
export interface ErrorBody {
  readonly error: {
    /** For programs. */
    readonly code:
      | 'NOT_FOUND'
      | 'METHOD_NOT_ALLOWED'
      | 'UPGRADE_REQUIRED'
      | 'FORBIDDEN'
      | 'REFUSED'
      | 'UNREACHABLE'
      | 'INVALID_REQUEST'
      | 'INTERNAL_ERROR';
    /** For people: what was wrong and what would be right. */
    readonly message: string;
  };
}

/** Paths on which WebSocket clients connect. */
export const UPGRADE_PATHS: readonly string[] = ['/', '/ws'];

/** Paths worth naming to somebody who is lost; the page's own files are not among them. */
export const PUBLIC_PATHS: readonly string[] = [
  '/',
  '/ws',
  '/health',
  '/livez',
  '/readyz',
  '/metrics',
  '/v1/sessions',
  '/v1/workers',
];

/** Builds a refusal. */
export function errorBody(code: ErrorBody['error']['code'], message: string): ErrorBody {
  return { error: { code, message } };
}
