-- Marks users as active now. The first mark in a minute moves the user from the
-- set of their latest minute to the set of this minute.
--
-- KEYS      for each user, the hash of user id -> second since 1970 of the last activity; then the sets
--           of user ids, of this minute first, then of the minutes before it
-- ARGV[1]   now, in seconds since 1970
-- ARGV[2]   seconds by which another process's clock may be ahead
-- ARGV[3]   seconds until a key expires, from the first mark of a user in a minute
-- ARGV[4..] user ids

local now, ahead, lifetime = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local users = #ARGV - 3
local sets = {unpack(KEYS, users + 1)}

local function move(user_id, from, to)
    if not from or redis.call('SMOVE', from, to, user_id) == 0 then
        redis.call('SADD', to, user_id)
    end
end

for i = 1, users do
    local activity, user_id = KEYS[i], ARGV[3 + i]
    local last = tonumber(redis.call('HGET', activity, user_id)) or 0
    -- Marks arrive in any order, and the latest one counts. A time too far ahead is from a wrong clock.
    if last <= now or last > now + ahead then
        local minutes_ago = math.floor(now / 60) - math.floor(last / 60)
        redis.call('HSET', activity, user_id, ARGV[1])
        if minutes_ago ~= 0 then
            move(user_id, sets[minutes_ago + 1], sets[1])
            redis.call('EXPIRE', activity, lifetime)
        end
    end
end
redis.call('EXPIRE', sets[1], lifetime)
