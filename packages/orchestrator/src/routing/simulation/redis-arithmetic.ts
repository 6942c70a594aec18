import { costUs } from './redis-costs.ts';

/** A fleet that shares one Redis. */
export interface Cell {
  readonly workers: number;
  readonly orchestrators: number;
  /** Sessions that hold a place. */
  readonly sessions: number;
  /** How long one holds it on average, in seconds. */
  readonly holdSeconds: number;
}

/** Share of a core of Redis, by what it is spent on. */
export interface RedisShares {
  readonly claims: number;
  readonly renewals: number;
  readonly counts: number;
  readonly records: number;
  readonly total: number;
}

/** Candidates that a claim names, and those that it looks at where there is room. */
const NAMED = 32;
const LOOKED = 1.1;
const RENEW_SECONDS = 3;
const REFRESH_SECONDS = 3;
const HEARTBEAT_SECONDS = 10;
const COUNTS_PER_SECOND = 1000;
const PER_SECOND = 1e-6;

/** What a fleet costs its Redis, calculated from the costs of single commands and the periods of the product. */
export function redisShares({ workers, orchestrators, sessions, holdSeconds }: Cell): RedisShares {
  const startsPerSecond = sessions / holdSeconds;
  const claims = startsPerSecond * (costUs('claim_lease', NAMED, LOOKED) + costUs('release_lease', 1));
  const renewals =
    (sessions / RENEW_SECONDS) * costUs('renew_leases', 1) -
    (sessions / RENEW_SECONDS) * costUs('renew_leases', 0) +
    (orchestrators / RENEW_SECONDS) * costUs('renew_leases', 0);
  const counts = orchestrators * costUs('count_leases', Math.min(workers, COUNTS_PER_SECOND));
  const records =
    (orchestrators / REFRESH_SECONDS) * costUs('read_records', workers) +
    (workers / HEARTBEAT_SECONDS) * costUs('announce_worker', 1);
  const all = [claims, renewals, counts, records].map((us) => us * PER_SECOND);
  const [a = 0, b = 0, c = 0, d = 0] = all;
  return { claims: a, renewals: b, counts: c, records: d, total: a + b + c + d };
}
