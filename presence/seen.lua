-- When people were last seen. Each stands in one bucket only.
--
-- KEYS      buckets of one shard, of successive minutes: hashes of user id -> second of the minute
-- ARGV      user ids
--
-- Returns   of each id the seconds since the first of these minutes, or nil

local seen, missing = {}, #ARGV
for i = 1, #ARGV do
    seen[i] = false
end

for k = #KEYS, 1, -1 do
    -- Asking for the key first is cheap, and most minutes to come have none.
    if missing > 0 and redis.call('EXISTS', KEYS[k]) == 1 then
        local seconds = redis.call('HMGET', KEYS[k], unpack(ARGV))
        for i = 1, #ARGV do
            if seconds[i] then
                seen[i], missing = (k - 1) * 60 + seconds[i], missing - 1
            end
        end
    end
end
return seen
