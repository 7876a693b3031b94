-- Adds what one process has counted to the total of all processes. Names with nothing used are removed.
--
-- KEYS[1]   sorted set of name -> its theoretical arrival time (tat), in seconds by Redis' clock
-- ARGV      three for each name: the name, the seconds that were used since the last call, and the seconds
--           until its tat as far as the process knows
--
-- Returns   for each name the seconds until its tat

local KEPT_SECONDS = 600

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)

local answers = {}
for i = 1, #ARGV, 3 do
    local name, used, left = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    local before = tonumber(redis.call('ZSCORE', KEYS[1], name) or now)
    local tat = math.max(before + used, now + left)
    redis.call('ZADD', KEYS[1], tat, name)
    answers[#answers + 1] = string.format('%.6f', tat - now)
end
redis.call('EXPIRE', KEYS[1], KEPT_SECONDS)
return answers
