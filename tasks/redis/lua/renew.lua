-- Renew the leases that slots of a worker still have, from outside it, or end them: then the next
-- worker that reaps puts back the tasks that they held.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  seconds of a lease; 0 ends them
-- ARGV[3]  worker
-- ARGV[4..]  slots

local now, lease = clock(ARGV[1]), tonumber(ARGV[2])
for i = 4, #ARGV do redis.call('ZADD', LEASES, 'XX', now + lease, ARGV[i]) end
redis.call('EXPIRE', WORKER .. ARGV[3], math.ceil(lease))
return 1
