/** What a command costs Redis, in µs of its CPU: for itself, and for each thing it names or touches. */
export interface CommandCost {
  readonly eachUs: number;
  /** For each key or lease that it names. */
  readonly namedUs: number;
  /** For each that it has to look at as well. */
  readonly touchedUs: number;
}

/** The commands that orchestrators and workers send, by name. */
export type RedisCommand =
  | 'claim_lease'
  | 'renew_leases'
  | 'release_lease'
  | 'count_leases'
  | 'read_records'
  | 'announce_worker'
  | 'publish';

/**
 * Measured by `measure-redis-costs.ts` with Redis 7.0.15 on one core of an Intel Xeon. A lease that is renewed is
 * taken to be the only one of its worker there, records to have 1 KB, and what `publish` names to be subscribers.
 */
export const redisCosts: Readonly<Record<RedisCommand, CommandCost>> = {
  claim_lease: { eachUs: 10.5, namedUs: 0.5, touchedUs: 3 },
  renew_leases: { eachUs: 7.5, namedUs: 11.8, touchedUs: 0 },
  release_lease: { eachUs: 9.2, namedUs: 0, touchedUs: 0 },
  count_leases: { eachUs: 7.8, namedUs: 3, touchedUs: 0 },
  read_records: { eachUs: 0, namedUs: 1.3, touchedUs: 0 },
  announce_worker: { eachUs: 4.3, namedUs: 0, touchedUs: 0 },
  publish: { eachUs: 1.8, namedUs: 0.5, touchedUs: 0 },
};

/** CPU time of one command in µs. */
export function costUs(command: RedisCommand, named: number, touched = 0): number {
  const { eachUs, namedUs, touchedUs } = redisCosts[command];
  return eachUs + named * namedUs + touched * touchedUs;
}
