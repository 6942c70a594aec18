import { Gauge, Histogram, type Registry } from 'prom-client';
import { BoundedLabel } from './bounded-label.ts';
import { makeCounter, makeSampledGauge } from './instruments.ts';

/** What a scrape wants to know of the fleet. */
export interface FleetSample {
  /** Places on workers that this orchestrator holds. */
  readonly leasesHeld: number;
  /** How many of them are not counted in Redis. */
  readonly leasesUnbacked: number;
  /** Sessions that wait for a place. */
  readonly waiting: number;
  /** Workers by the state of their breakers, those of closed ones left out. */
  readonly breakers: Readonly<Record<'open' | 'probing', number>>;
}

/** What is counted about places on workers. Called once a claim. */
export interface FleetCounters {
  /** A claim ended after `durationMs`: `shared`, `local` or `no_room`. */
  claimDone(outcome: string, durationMs: number): void;
  /** Says where the fleet can be looked at during a scrape. Called once. */
  observeFleet(sample: () => FleetSample): void;
}

const MS_PER_SECOND = 1000;
const claimBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

/** Makes the counters of places on workers in `registry`. */
export function createFleetCounters(registry: Registry): FleetCounters {
  const claims = makeCounter(
    registry,
    'lease_claims_total',
    'Claims to places on workers, by how they ended.',
    {
      outcome: new BoundedLabel({ known: ['shared', 'local', 'no_room'] }),
    },
  );
  const durations = new Histogram({
    name: 'parley_lease_claim_seconds',
    help: 'How long claims to places on workers took.',
    buckets: claimBuckets,
    registers: [registry],
  });

  return {
    claimDone: (outcome, durationMs) => {
      claims(outcome);
      if (Number.isFinite(durationMs)) durations.observe(Math.max(0, durationMs) / MS_PER_SECOND);
    },
    observeFleet: (sample) => {
      makeSampledGauge(registry, 'leases_held', 'Places on workers held here.', () => sample().leasesHeld);
      makeSampledGauge(
        registry,
        'leases_unbacked',
        'Places held here that are not counted in Redis.',
        () => sample().leasesUnbacked,
      );
      makeSampledGauge(
        registry,
        'place_waits',
        'Sessions that wait for a place on a worker.',
        () => sample().waiting,
      );
      const breakers: Gauge<'state'> = new Gauge({
        name: 'parley_worker_breakers',
        help: 'Workers that are left alone because they failed (open), or tried again (probing).',
        labelNames: ['state'],
        registers: [registry],
        collect: () => {
          for (const [state, count] of Object.entries(sample().breakers)) breakers.set({ state }, count);
        },
      });
    },
  };
}
