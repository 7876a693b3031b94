-- Marks users as active now. The first mark in a minute moves the user from the
-- set of their latest minute to the set of this minute.
--
-- KEYS      for each user, the hash of user id -> second since 1970 of the last activity, or the user's
--           own key with that second; then the sets of user ids, of this minute first, then of the
--           minutes before it
-- ARGV[1]   now, in seconds since 1970
-- ARGV[2]   seconds by which another process's clock may be ahead
-- ARGV[3]   seconds until a key expires, from the first mark of a user in a minute
-- ARGV[4]   'hashes' or 'keys': what the first KEYS are
-- ARGV[5..] user ids

local now, ahead, lifetime = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local in_hashes = ARGV[4] == 'hashes'
local users = #ARGV - 4
local sets = {unpack(KEYS, users + 1)}

local function read(activity, user_id)
    local last
    if in_hashes then
        last = redis.call('HGET', activity, user_id)
    else
        last = redis.call('GET', activity)
    end
    return tonumber(last) or 0
end

local function write(activity, user_id, is_new_minute)
    if not in_hashes then
        redis.call('SET', activity, ARGV[1], 'EX', lifetime)
        return
    end
    redis.call('HSET', activity, user_id, ARGV[1])
    if is_new_minute then
        redis.call('EXPIRE', activity, lifetime)
    end
end

local function move(user_id, from, to)
    if not from or redis.call('SMOVE', from, to, user_id) == 0 then
        redis.call('SADD', to, user_id)
    end
end

for i = 1, users do
    local activity, user_id = KEYS[i], ARGV[4 + i]
    local last = read(activity, user_id)
    -- Marks arrive in any order, and the latest one counts. A time too far ahead is from a wrong clock.
    if last <= now or last > now + ahead then
        local minutes_ago = math.floor(now / 60) - math.floor(last / 60)
        write(activity, user_id, minutes_ago ~= 0)
        if minutes_ago ~= 0 then
            move(user_id, sets[minutes_ago + 1], sets[1])
        end
    end
end
redis.call('EXPIRE', sets[1], lifetime)
