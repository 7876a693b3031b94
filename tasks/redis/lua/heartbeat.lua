-- Renews the leases of a worker's slots and, if allowed, reaps: tasks of slots with expired leases
-- are put back into their queues, or fail.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  seconds of a lease
-- ARGV[3]  '1' to reap
-- ARGV[4]  worker
-- ARGV[5]  its status (JSON)
-- ARGV[6]  error (JSON) for a task whose workers were lost too often
-- ARGV[7]  seconds to keep such a record
-- ARGV[8..]  slots
-- Returns {ids put back, ids failed}

-- With a longer time between two heartbeats, the clock was set, or no worker ran.
local SET_SECONDS = 600
local MOVED = 10000

local now, lease = clock(ARGV[1]), tonumber(ARGV[2])
local requeued, failed = {}, {}

-- Moves tasks that wait after an attempt or a start, but not tasks with a time that a user chose.
local function move_scheduled(queue, last)
  local key = SCHEDULED .. queue
  local ids = redis.call('ZRANGEBYSCORE', key, last - lease, '+inf', 'LIMIT', 0, MOVED)
  for _, id in ipairs(ids) do
    local fields = read(id, 'queue', 'attempts', 'reserved')
    if fields and (fields[3] or (tonumber(fields[2]) or 0) > 0) then
      redis.call('ZINCRBY', key, now - last, id)
    end
  end
end

local function move_starts(name, last)
  local key = STARTS .. name
  local starts = redis.call('LRANGE', key, 0, -1)
  for i, start in ipairs(starts) do
    redis.call('LSET', key, i - 1, timestamp(start + now - last))
  end
  if #starts > 0 then redis.call('EXPIRE', key, 86400 * 2) end
end

-- If the clock was set, no lease expires because of that, and earlier waits keep their length.
local function check_clock()
  local last = tonumber(redis.call('GET', CLOCK) or '') or now
  redis.call('SET', CLOCK, timestamp(now))
  if math.abs(now - last) < SET_SECONDS then return end
  for _, slot in ipairs(redis.call('ZRANGE', LEASES, 0, -1)) do
    redis.call('ZADD', LEASES, now + lease, slot)
  end
  if now > last then return end
  for _, queue in ipairs(redis.call('SMEMBERS', QUEUES)) do move_scheduled(queue, last) end
  for _, name in ipairs(redis.call('SMEMBERS', RATE_LIMITED)) do move_starts(name, last) end
end

local function reap_task(member)
  local id, attempt = string.match(member, '^(.*):(%d+)$')
  local fields = read(id, 'queue', 'priority', 'attempts', 'max', 'unique')
  if not fields then return list_corrupt(id, UNREADABLE) end
  if tonumber(attempt) >= tonumber(fields[4] or LOST_ATTEMPTS) then
    fail(id, fields[1], ARGV[6], now, tonumber(ARGV[7]), fields[5])
    add_counts(fields[1], now, {failed = 1})
    failed[#failed + 1] = id
  else
    -- Claimed without others from now on: if this task kills workers, no other task is affected.
    redis.call('HSET', TASK .. id, 'alone', '1')
    make_ready(id)
    push_first(id, fields[1], fields[2])
    requeued[#requeued + 1] = id
  end
end

local function reap()
  for _, slot in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', now)) do
    for _, member in ipairs(redis.call('SMEMBERS', CLAIMED .. slot)) do reap_task(member) end
    redis.call('DEL', CLAIMED .. slot)
    redis.call('ZREM', LEASES, slot)
  end
end

check_clock()
for i = 8, #ARGV do redis.call('ZADD', LEASES, now + lease, ARGV[i]) end
redis.call('SET', WORKER .. ARGV[4], ARGV[5], 'EX', math.ceil(lease))
if ARGV[3] == '1' then reap() end
wake_all()
return {requeued, failed}
