export type { RedisClock } from './redis-clock.ts';
export { RedisError, type RedisErrorCode } from './redis-error.ts';
export { connectRedis, type RedisLink, type RedisLinkOptions, type RedisStatus } from './redis-link.ts';
export { listOf, numbersOf, type RedisReply, textsOf } from './redis-reply.ts';
export { defineScript, type RedisScript } from './redis-script.ts';
export {
  DEFAULT_WORKER_KEY_PREFIX,
  leaseKeyPrefix,
  workerChangesChannel,
  workerKey,
} from './registry-names.ts';
