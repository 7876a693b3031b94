-- Renew the leases that a worker still has, from outside it, or give them up: then the next worker
-- that looks takes up what they held.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  seconds of a lease; 0 gives them up
-- ARGV[3]  worker

local now, lease, prefix = clock(ARGV[1]), tonumber(ARGV[2]), ARGV[3] .. '.'
for _, slot in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
  if string.sub(slot, 1, #prefix) == prefix then redis.call('ZADD', LEASES, now + lease, slot) end
end
redis.call('EXPIRE', WORKER .. ARGV[3], math.ceil(lease))
return 1
