-- KEYS      sets of user ids; no user is in two of them
-- ARGV      user ids
--
-- Returns   the ids that are in one of the sets

local found, missing = {}, ARGV

local function search(set)
    local rest = {}
    for i, is_member in ipairs(redis.call('SMISMEMBER', set, unpack(missing))) do
        table.insert(is_member == 1 and found or rest, missing[i])
    end
    missing = rest
end

for k = #KEYS, 1, -1 do
    -- EXISTS is cheap, and most future minutes have no set.
    if #missing > 0 and redis.call('EXISTS', KEYS[k]) == 1 then
        search(KEYS[k])
    end
end
return found
