-- Marks people as seen now. Each person stands in one bucket, that of their latest minute, so the sizes
-- of the buckets add up to the number of people.
--
-- KEYS      buckets of one shard, the latest minute first: hashes of user id -> second of the minute
-- ARGV[1]   the place in KEYS of the bucket of now
-- ARGV[2]   the second of the minute
-- ARGV[3]   seconds until a bucket that nobody comes to expires
-- ARGV[4..] user ids

local here, second = tonumber(ARGV[1]), tonumber(ARGV[2])
local ids = {unpack(ARGV, 4)}

-- Marks may arrive in any order: whoever stands at a later time keeps it.
local function seen_before(bucket, limit)
    local seconds = redis.call('HMGET', bucket, unpack(ids))
    local earlier = {}
    for i, id in ipairs(ids) do
        if not seconds[i] or tonumber(seconds[i]) < limit then
            earlier[#earlier + 1] = id
        end
    end
    return earlier
end

for place = 1, here do
    ids = seen_before(KEYS[place], place == here and second or 0)
    if #ids == 0 then
        return
    end
end

for place = here + 1, #KEYS do
    redis.call('HDEL', KEYS[place], unpack(ids))
end

local pairs_of_here = {}
for _, id in ipairs(ids) do
    pairs_of_here[#pairs_of_here + 1] = id
    pairs_of_here[#pairs_of_here + 1] = ARGV[2]
end
redis.call('HSET', KEYS[here], unpack(pairs_of_here))
redis.call('EXPIRE', KEYS[here], ARGV[3])
