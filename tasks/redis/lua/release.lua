-- Releases the leases of a worker that ends. The tasks that its slots have not settled did begin: they
-- are put back into their queues, and the attempt counts.
-- KEYS[1]  the tag
-- ARGV[1]  worker
-- ARGV[2..]  slots
-- Returns the ids of the tasks that were put back

local ids = {}
for i = 2, #ARGV do
  for _, member in ipairs(redis.call('SMEMBERS', CLAIMED .. ARGV[i])) do
    local id = string.match(member, '^(.*):%d+$')
    local fields = read(id, 'queue', 'priority')
    if fields then
      make_ready(id)
      push_first(id, fields[1], fields[2])
      ids[#ids + 1] = id
    end
  end
  redis.call('DEL', CLAIMED .. ARGV[i])
  redis.call('ZREM', LEASES, ARGV[i])
end
redis.call('DEL', WORKER .. ARGV[1], WAKE_WORKER .. ARGV[1])
wake_all()
return ids
