-- Adds what a server process saw used to what all of them know. Nobody whose allowance is whole is kept.
--
-- KEYS[1]   sorted set of name -> when the allowance is whole again, in seconds by Redis' clock
-- ARGV      of each name three: the name, the seconds of its allowance that were used since the last call,
--           and the seconds until it is whole as far as the process knows
--
-- Returns   of each name the seconds until it is whole

local KEPT_SECONDS = 600

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)

local answers = {}
for i = 1, #ARGV, 3 do
    local name, used, left = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
    local before = tonumber(redis.call('ZSCORE', KEYS[1], name) or now)
    local whole = math.max(before + used, now + left)
    redis.call('ZADD', KEYS[1], whole, name)
    answers[#answers + 1] = string.format('%.6f', whole - now)
end
redis.call('EXPIRE', KEYS[1], KEPT_SECONDS)
return answers
