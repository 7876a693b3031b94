-- A worker that ends gives up its leases. What its slots still hold did run: it is put back and
-- keeps the attempt.
-- KEYS[1]  the tag
-- ARGV[1]  worker
-- ARGV[2..]  slots
-- Returns the ids put back

local ids = {}
for i = 2, #ARGV do
  for _, member in ipairs(redis.call('SMEMBERS', HELD .. ARGV[i])) do
    local id = string.match(member, '^(.*):%d+$')
    local fields = read(id, 'queue', 'priority')
    if fields then
      make_ready(id)
      put_first(id, fields[1], fields[2])
      ids[#ids + 1] = id
    end
  end
  redis.call('DEL', HELD .. ARGV[i])
  redis.call('ZREM', LEASES, ARGV[i])
end
redis.call('DEL', WORKER .. ARGV[1], CALL .. ARGV[1])
wake_all()
return ids
