-- KEYS      for each user, the hash of user id -> second since 1970 of the last activity
-- ARGV      user ids
--
-- Returns   for each user that second, or nil

local seconds = {}
for i, user_id in ipairs(ARGV) do
    seconds[i] = tonumber(redis.call('HGET', KEYS[i], user_id)) or false
end
return seconds
