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

local SET_SECONDS = 600 -- so far from one tick to the next: a clock that was set, or no worker at all
local MOVED = 10000

local now, lease = clock(ARGV[1]), tonumber(ARGV[2])
local again, failed = {}, {}

-- What was to come some time after a try or a start, and not at a time that somebody chose.
local function move(queue, last)
  local later = LATER .. queue
  local ids = redis.call('ZRANGEBYSCORE', later, last - lease, '+inf', 'LIMIT', 0, MOVED)
  for _, id in ipairs(ids) do
    local fields = read(id, 'queue', 'attempts', 'paid')
    if fields and (fields[3] or (tonumber(fields[2]) or 0) > 0) then
      redis.call('ZINCRBY', later, now - last, id)
    end
  end
end

local function move_starts(name, last)
  local starts = redis.call('LRANGE', RATE .. name, 0, -1)
  for i, start in ipairs(starts) do redis.call('LSET', RATE .. name, i - 1, stamp(start + now - last)) end
  if #starts > 0 then redis.call('EXPIRE', RATE .. name, 86400 * 2) end
end

-- If the clock was set, nobody's lease has lapsed of it, and waits that began before stay as long.
local function notice_clock()
  local last = tonumber(redis.call('GET', CLOCK) or '') or now
  redis.call('SET', CLOCK, stamp(now))
  if math.abs(now - last) < SET_SECONDS then return end
  for _, slot in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
    redis.call('ZADD', LEASES, now + lease, slot)
  end
  if now > last then return end
  for _, queue in ipairs(redis.call('SMEMBERS', QUEUES)) do move(queue, last) end
  for _, name in ipairs(redis.call('SMEMBERS', RATES)) do move_starts(name, last) end
end

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

notice_clock()
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
