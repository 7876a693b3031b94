-- Records the progress of a running task, unless the slot has lost its claim.
-- KEYS[1]  the tag
-- ARGV[1]  slot
-- ARGV[2]  id
-- ARGV[3]  attempt
-- ARGV[4]  progress (JSON)
-- Returns 1 if it was written

if redis.call('SISMEMBER', CLAIMED .. ARGV[1], ARGV[2] .. ':' .. ARGV[3]) == 0 then return 0 end
redis.call('HSET', TASK .. ARGV[2], 'progress', ARGV[4])
return 1
