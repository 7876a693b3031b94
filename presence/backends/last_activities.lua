-- KEYS      for each user, the hash of user id -> second since 1970 of the last activity, or the
--           user's own key with that second
-- ARGV      for hashes, the user ids; otherwise nothing
--
-- Returns   for each user that second, or nil

local seconds = {}
for i, activity in ipairs(KEYS) do
    local second = ARGV[i] and redis.call('HGET', activity, ARGV[i])
    if not ARGV[i] then
        second = redis.call('GET', activity)
    end
    seconds[i] = tonumber(second) or false
end
return seconds
