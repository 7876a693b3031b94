-- Replaces a lease as a whole, so that nobody seems to leave.
--
-- KEYS[1]   the lease: a hash of user id -> state
-- ARGV[1]   seconds until it expires
-- ARGV[2..] user id, state, user id, state, ...

redis.call('DEL', KEYS[1])
for i = 2, #ARGV, 1000 do
    redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
