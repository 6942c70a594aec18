import { constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import { status } from '@grpc/grpc-js';

/** How a call ended: a gRPC status code, and what the server said of it. */
export interface StreamStatus {
  readonly code: status;
  readonly details: string;
}

/**
 * The status in the headers that end a call, or, when a server (or a proxy before it) does not know gRPC, one for
 * its HTTP status (gRPC: "HTTP to gRPC status code mapping").
 */
export function statusFromHeaders(
  headers: IncomingHttpHeaders & IncomingHttpStatusHeader,
  httpStatus: number,
): StreamStatus {
  const code = headers['grpc-status'];
  if (code !== undefined)
    return { code: byNumber.get(String(code)) ?? status.UNKNOWN, details: detailsOf(headers) };
  const mapped = httpStatus === 200 ? status.UNKNOWN : (byHttpStatus.get(httpStatus) ?? status.UNKNOWN);
  return { code: mapped, details: `no gRPC status; the HTTP status is ${httpStatus}` };
}

/**
 * The status of a call whose stream was closed with `rstCode` and no headers that end it. `cause`: the error of the
 * stream.
 */
export function statusFromReset(
  rstCode: number,
  cause: (Error & { readonly code?: string }) | undefined,
): StreamStatus {
  const details = cause?.message ?? `the stream was reset with code ${rstCode}`;
  // All other errors are those of the connection, which Node gives to its streams with the code INTERNAL_ERROR.
  const isConnectionLost = cause !== undefined && cause.code !== 'ERR_HTTP2_STREAM_ERROR';
  const code = isConnectionLost ? status.UNAVAILABLE : (byReset.get(rstCode) ?? status.INTERNAL);
  return { code, details };
}

const byNumber: ReadonlyMap<string, status> = new Map(
  Object.values(status)
    .filter((code) => typeof code !== 'string')
    .map((code) => [String(code), code]),
);

const byHttpStatus: ReadonlyMap<number, status> = new Map([
  [400, status.INTERNAL],
  [401, status.UNAUTHENTICATED],
  [403, status.PERMISSION_DENIED],
  [404, status.UNIMPLEMENTED],
  [429, status.UNAVAILABLE],
  [502, status.UNAVAILABLE],
  [503, status.UNAVAILABLE],
  [504, status.UNAVAILABLE],
]);

const byReset: ReadonlyMap<number, status> = new Map([
  [constants.NGHTTP2_REFUSED_STREAM, status.UNAVAILABLE],
  // Node says this where a connection is lost, too; a call that we cancel ourselves has nobody to tell.
  [constants.NGHTTP2_CANCEL, status.UNAVAILABLE],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM, status.RESOURCE_EXHAUSTED],
  [constants.NGHTTP2_INADEQUATE_SECURITY, status.PERMISSION_DENIED],
]);

/** The message of a status is percent-encoded UTF-8; one that is not is shown as it came. */
function detailsOf(headers: IncomingHttpHeaders): string {
  const text = String(headers['grpc-message'] ?? '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
