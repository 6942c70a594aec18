import type { IncomingMessage } from 'node:http';

/** Headers of requests that came through somebody else, or from a page in a browser. */
const tellTales = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via', 'origin', 'sec-fetch-site'] as const;

/**
 * Why a request for an action of operators is refused; `undefined` when it is not. They have no keys: whoever can
 * run a program on this machine may act, but neither a proxy on it may for others, nor a page in a browser on it.
 */
export function requestProblem(request: IncomingMessage): string | undefined {
  if (!isLoopback(request.socket.remoteAddress ?? '')) {
    return 'this can only be done from the machine that the server runs on, over its loopback address';
  }
  const found = tellTales.find((name) => request.headers[name] !== undefined);
  return found === undefined
    ? undefined
    : `this can only be done directly, not through a proxy or a browser (the request has a header ${found})`;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/iu.test(address);
}
