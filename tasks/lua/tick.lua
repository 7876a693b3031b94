-- A worker renews the leases of its slots and, if it may, takes up what lapsed leases held.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  seconds of a lease
-- ARGV[3]  '1' to look for lapsed leases
-- ARGV[4]  worker
-- ARGV[5]  what it says of itself (JSON)
-- ARGV[6]  error (JSON) for a task whose workers were lost too often
-- ARGV[7]  seconds to keep such a record
-- ARGV[8..]  slots
-- Returns {ids put back, ids failed}

local now, lease = clock(ARGV[1]), tonumber(ARGV[2])
local again, failed = {}, {}

local function lose(member)
  local id, attempt = string.match(member, '^(.*):(%d+)$')
  local fields = read(id, 'queue', 'priority', 'attempts', 'max', 'unique')
  if not fields then return put_aside(id, 'its record is gone or no hash') end
  if tonumber(attempt) >= tonumber(fields[4] or LOST_ATTEMPTS) then
    fail(id, fields[1], ARGV[6], now, tonumber(ARGV[7]), fields[5])
    count(fields[1], now, {failed = 1})
    failed[#failed + 1] = id
  else
    -- Alone from now on: if this task is what kills workers, it takes no others with it.
    redis.call('HSET', TASK .. id, 'alone', '1')
    make_ready(id)
    put_first(id, fields[1], fields[2])
    again[#again + 1] = id
  end
end

for i = 8, #ARGV do redis.call('ZADD', LEASES, now + lease, ARGV[i]) end
redis.call('SET', WORKER .. ARGV[4], ARGV[5], 'EX', math.ceil(lease))
if ARGV[3] == '1' then
  for _, slot in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', now)) do
    for _, member in ipairs(redis.call('SMEMBERS', HELD .. slot)) do lose(member) end
    redis.call('DEL', HELD .. slot)
    redis.call('ZREM', LEASES, slot)
  end
end
wake_all()
return {again, failed}
