-- Renews the existing leases of a worker's slots from another process, or expires them: then the next
-- worker that reaps puts their tasks back.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  seconds of a lease; 0 expires them
-- ARGV[3]  worker
-- ARGV[4..]  slots

local now, lease = clock(ARGV[1]), tonumber(ARGV[2])
for i = 4, #ARGV do redis.call('ZADD', LEASES, 'XX', now + lease, ARGV[i]) end
redis.call('EXPIRE', WORKER .. ARGV[3], math.ceil(lease))
return 1
