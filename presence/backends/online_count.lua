-- KEYS      sets of user ids; nobody is in two of them
--
-- Returns   how many users are in them

local count = 0
for _, set in ipairs(KEYS) do
    count = count + redis.call('SCARD', set)
end
return count
