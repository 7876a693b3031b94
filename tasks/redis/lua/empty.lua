-- Deletes waiting tasks of a queue, at most a thousand.
-- KEYS[1]  the tag
-- ARGV[1]  queue
-- Returns their number

local MAX = 1000
local queue, ids = ARGV[1], {}
local priority = redis.call('ZRANGE', PRIORITIES .. queue, 0, 0)[1]
if priority then
  ids = redis.call('LPOP', PENDING .. queue .. ':' .. priority, MAX) or {}
  forget_priority_if_empty(queue, priority)
else
  local first = redis.call('ZPOPMIN', SCHEDULED .. queue, MAX)
  for i = 1, #first, 2 do ids[#ids + 1] = first[i] end
end
for _, id in ipairs(ids) do
  local fields = read(id, 'queue', 'unique')
  if fields then free_unique(fields[2], id) end
  redis.call('DEL', TASK .. id)
end
return #ids
