-- KEYS      sets of user ids; no user is in two of them
--
-- Returns   the number of users in them

local count = 0
for _, set in ipairs(KEYS) do
    count = count + redis.call('SCARD', set)
end
return count
