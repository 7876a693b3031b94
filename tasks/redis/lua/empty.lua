-- Forget tasks that wait in a queue, a thousand at most.
-- KEYS[1]  the tag
-- ARGV[1]  queue
-- Returns how many

local queue, ids = ARGV[1], {}
local level = redis.call('ZRANGE', LEVELS .. queue, 0, 0)[1]
if level then
  ids = redis.call('LPOP', PENDING .. queue .. ':' .. level, 1000) or {}
  if redis.call('EXISTS', PENDING .. queue .. ':' .. level) == 0 then
    redis.call('ZREM', LEVELS .. queue, level)
  end
else
  local first = redis.call('ZPOPMIN', LATER .. queue, 1000)
  for i = 1, #first, 2 do ids[#ids + 1] = first[i] end
end
for _, id in ipairs(ids) do
  local fields = read(id, 'queue', 'unique')
  if fields then free(fields[2], id) end
  redis.call('DEL', TASK .. id)
end
return #ids
