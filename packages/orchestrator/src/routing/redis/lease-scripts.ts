import { defineScript, type RedisScript } from '@parley/worker-api';

// Leases on a worker are a sorted set: members are lease ids, scores the times at which they end, in ms by the
// clock of Redis, the only one that all share. The key of the book itself holds the time since when it is kept:
// when it is missing, Redis has lost everything, and leases that live must be entered before new ones are given.
//
// ARGV[1] is everywhere the last moment, by that clock, at which the caller still waits for the answer. A Redis
// that was frozen finds commands of callers who have long done something else; those must have no effect.

const head = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if now > tonumber(ARGV[1]) then return {-1, now} end
`;

/** What {@link claimScript} answers in place of a position. */
export const ClaimAnswer = { none: 0, late: -1, bookLost: -2 } as const;

/**
 * Takes a place on the first worker that has room. While the book has only just been begun, each worker has but
 * a share of its places: others have yet to enter the leases that they hold.
 *
 * KEYS: book, then a set per candidate. ARGV: last moment, lease id, life in ms, how long the book counts as just
 * begun in ms, share, then a capacity per candidate.
 * Answers the position of the candidate from 1, or a {@link ClaimAnswer}; the time; the places taken on each
 * candidate that was looked at.
 */
export const claimScript: RedisScript = defineScript(
  'claim_lease',
  `${head}
local since = tonumber(redis.call('GET', KEYS[1]))
if not since then return {-2, now} end
local share = 1
if now - since < tonumber(ARGV[4]) then share = tonumber(ARGV[5]) end
local answer = {0, now}
for i = 2, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  local taken = redis.call('ZCARD', KEYS[i])
  if taken < math.ceil(tonumber(ARGV[4 + i]) * share) then
    redis.call('ZADD', KEYS[i], now + ARGV[3], ARGV[2])
    redis.call('PEXPIRE', KEYS[i], ARGV[3] * 2)
    answer[1] = i - 1
    answer[i + 1] = taken + 1
    return answer
  end
  answer[i + 1] = taken
end
return answer
`,
);

/**
 * Gives leases a full life again. One that has run out, or that Redis lost, is entered anew if there is room.
 * Begins the book when it is missing, or holds no time. Always writes: a server that takes no writes must be noticed
 * also where there is no lease.
 *
 * KEYS: book, then a set per worker. ARGV: last moment, life in ms, then per worker its capacity, the number of
 * leases, and their ids.
 * Answers 1, the time, and the positions from 1, counted over all workers, of the leases for which there is no
 * room.
 */
export const renewScript: RedisScript = defineScript(
  'renew_leases',
  `${head}
if not redis.call('SET', KEYS[1], now, 'NX') and not tonumber(redis.call('GET', KEYS[1])) then
  redis.call('SET', KEYS[1], now)
end
local answer = {1, now}
local at, position = 3, 0
for i = 2, #KEYS do
  local capacity, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  local taken = redis.call('ZCARD', KEYS[i])
  for _ = 1, count do
    position = position + 1
    local isIn = redis.call('ZSCORE', KEYS[i], ARGV[at])
    if isIn or taken < capacity then
      redis.call('ZADD', KEYS[i], now + ARGV[2], ARGV[at])
      if not isIn then taken = taken + 1 end
    else
      answer[#answer + 1] = position
    end
    at = at + 1
  end
  redis.call('PEXPIRE', KEYS[i], ARGV[2] * 2)
end
return answer
`,
);

/**
 * Gives one place back, and tells all orchestrators when the worker had no other free.
 *
 * KEYS: set. ARGV: lease id, capacity, channel, worker name.
 */
export const releaseScript: RedisScript = defineScript(
  'release_lease',
  `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) - 1 then redis.pcall('PUBLISH', ARGV[3], ARGV[4]) end
return 1
`,
);

/**
 * Deletes keys that are of another type than they should be; all other scripts fail on them with `WRONGTYPE`.
 *
 * KEYS: any. ARGV: per key the type it should have. Answers the positions from 1 of those deleted.
 */
export const clearScript: RedisScript = defineScript(
  'clear_lease_keys',
  `
local cleared = {}
for i = 1, #KEYS do
  local found = redis.call('TYPE', KEYS[i]).ok
  if found ~= 'none' and found ~= ARGV[i] then
    redis.call('DEL', KEYS[i])
    cleared[#cleared + 1] = i
  end
end
return cleared
`,
);

/** KEYS: a set per worker. ARGV: last moment. Answers 1, the time, and the places taken on each. */
export const countScript: RedisScript = defineScript(
  'count_leases',
  `${head}
local answer = {1, now}
for i = 1, #KEYS do answer[i + 2] = redis.call('ZCOUNT', KEYS[i], now + 1, '+inf') end
return answer
`,
);
