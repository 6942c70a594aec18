/** Where a worker listens, and whether with TLS. */
export interface WorkerAddress {
  /** Host name, IPv4 address, or IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** `true` for `grpcs://`. */
  readonly secure: boolean;
}

/** Result of {@link parseWorkerAddress}. */
export type WorkerAddressResult =
  | { readonly kind: 'ok'; readonly address: WorkerAddress }
  | { readonly kind: 'invalid'; readonly problem: string };

const form =
  /^(?:(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/\/)?(?:\[(?<ipv6>[0-9A-Fa-f:.]+)\]|(?<host>[^\s:/?#@[\]]+)):(?<port>\d{1,5})\/?$/;

/**
 * Reads `grpc://host:port`, `grpcs://host:port` (TLS) or a bare `host:port`. An IPv6 host is written in
 * brackets: `grpc://[::1]:7001`.
 */
export function parseWorkerAddress(text: string): WorkerAddressResult {
  const invalid = (why: string): WorkerAddressResult => ({
    kind: 'invalid',
    problem: `worker address ${JSON.stringify(text.slice(0, 200))} ${why}; expected grpc://host:port, e.g. grpc://localhost:7001`,
  });
  const groups = form.exec(text.trim())?.groups;
  if (groups === undefined) return invalid('is not an address');
  const scheme = (groups['scheme'] ?? 'grpc').toLowerCase();
  if (scheme !== 'grpc' && scheme !== 'grpcs') return invalid(`has the scheme ${scheme}://`);
  const port = Number(groups['port']);
  if (port < 1 || port > 65_535) return invalid(`has port ${port}, outside 1-65535`);
  const host = groups['ipv6'] ?? groups['host'] ?? '';
  return { kind: 'ok', address: { host, port, secure: scheme === 'grpcs' } };
}

/** Writes an address as `grpc://host:port` or `grpcs://host:port`. */
export function formatWorkerAddress(address: WorkerAddress): string {
  return `${address.secure ? 'grpcs' : 'grpc'}://${formatHostPort(address.host, address.port)}`;
}

/** Writes `host:port` with brackets around an IPv6 host, the form that grpc-js takes as a target. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
