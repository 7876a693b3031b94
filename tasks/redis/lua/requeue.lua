-- Queues a finished task again. Its errors and attempts so far stay in its record.
-- KEYS[1]  the tag
-- ARGV[1]  id
-- Returns 1, or 0 if it has not finished, or is unique and the same task waits or runs

local id = ARGV[1]
local fields = read(id, 'queue', 'priority', 'status', 'unique')
if not fields or (fields[3] ~= 'FAILED' and fields[3] ~= 'SUCCESSFUL') then return 0 end
if fields[4] then
  if duplicate(fields[4]) then return 0 end
  redis.call('SET', UNIQUE .. fields[4], id)
end
redis.call('ZREM', FAILED .. fields[1], id)
redis.call('LREM', DONE .. fields[1], 1, id)
redis.call('PERSIST', TASK .. id)
redis.call('HDEL', TASK .. id, 'started', 'attempted', 'finished', 'result', 'progress')
redis.call('HSET', TASK .. id, 'attempts', 0)
make_ready(id)
push('RPUSH', fields[1], fields[2], id)
wake(fields[1])
return 1
