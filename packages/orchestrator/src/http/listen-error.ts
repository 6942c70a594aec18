import { ParleyError } from '../parley-error.ts';

/** Turns what the system said when a listener could not be opened into what to do about it. */
export function toListenError(error: unknown, host: string, port: number): ParleyError {
  const options = { cause: error };
  switch (systemCode(error)) {
    case 'EADDRINUSE':
      return new ParleyError(
        'ADDRESS_IN_USE',
        `port ${port} is in use on ${host}: stop what uses it, or set PORT to another one`,
        options,
      );
    case 'EACCES':
      return new ParleyError(
        'ADDRESS_UNAVAILABLE',
        `this user may not listen on port ${port}: set PORT to one of 1024 or more`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return new ParleyError(
        'ADDRESS_UNAVAILABLE',
        `this machine has no address ${host}: set HOST to one that it has, such as 127.0.0.1, or 0.0.0.0 for all`,
        options,
      );
    default:
      return new ParleyError('ADDRESS_UNAVAILABLE', `cannot listen on ${host} port ${port}`, options);
  }
}

function systemCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
