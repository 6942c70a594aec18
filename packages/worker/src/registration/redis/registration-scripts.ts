import { defineScript, type RedisScript } from '@parley/worker-api';

/**
 * Writes a record unless the one that is there is of a later life: a worker that was frozen must not take the
 * name back from its successor. Answers whether it has written, 1 or 0.
 *
 * KEYS: record. ARGV: JSON, epoch or empty, time to live in ms, channel, name to tell there or empty.
 */
export const announceScript: RedisScript = defineScript(
  'announce_worker',
  `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'string' then
  local readable, old = pcall(cjson.decode, redis.call('GET', KEYS[1]))
  local epoch = readable and type(old) == 'table' and tonumber(old.epoch) or nil
  local own = tonumber(ARGV[2])
  if epoch and own and epoch > own then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
if ARGV[5] ~= '' then redis.pcall('PUBLISH', ARGV[4], ARGV[5]) end
return 1
`,
);

/**
 * Removes a record, with an epoch only the record of that life.
 *
 * KEYS: record. ARGV: epoch or empty, channel, name.
 */
export const withdrawScript: RedisScript = defineScript(
  'withdraw_worker',
  `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'string' and ARGV[1] ~= '' then
  local readable, old = pcall(cjson.decode, redis.call('GET', KEYS[1]))
  local epoch = readable and type(old) == 'table' and tonumber(old.epoch) or nil
  if epoch and epoch ~= tonumber(ARGV[1]) then return 0 end
end
redis.call('DEL', KEYS[1])
redis.pcall('PUBLISH', ARGV[2], ARGV[3])
return 1
`,
);
