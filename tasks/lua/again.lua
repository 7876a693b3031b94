-- Queue a task once more that has ended. Its errors and attempts so far stay on its record.
-- KEYS[1]  the tag
-- ARGV[1]  id
-- Returns 1, or 0 where it has not ended

local id = ARGV[1]
local fields = read(id, 'queue', 'priority', 'status')
if not fields or (fields[3] ~= 'FAILED' and fields[3] ~= 'SUCCESSFUL') then return 0 end
redis.call('ZREM', FAILED .. fields[1], id)
redis.call('LREM', FINISHED .. fields[1], 1, id)
redis.call('PERSIST', TASK .. id)
redis.call('HDEL', TASK .. id, 'finished', 'result', 'progress')
redis.call('HSET', TASK .. id, 'attempts', 0)
make_ready(id)
push('RPUSH', fields[1], fields[2], id)
wake(fields[1])
return 1
