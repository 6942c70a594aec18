import type { RedisLink } from '@parley/worker-api';

/** What a lease book uses of a link to Redis. */
export type LeaseLink = Pick<RedisLink, 'isReady' | 'status' | 'onChange' | 'subscribe' | 'script'>;
