-- The beginning of the other scripts, after pending.lua.
--
-- Fields of a record: task (JSON, never changes), queue, priority, max (attempts, if given),
-- unique (digest), rate (name|limit|seconds), reserved (a start was reserved under the rate limit),
-- alone (never claimed together with others), has_options (it has one of these, or had an
-- attempt: a claim reads more fields), status (none: READY), attempts, workers (ids, separated by
-- spaces), started, attempted, finished (seconds), result (JSON), errors (JSON documents, each with
-- a line end), progress (JSON).

local LOST_ATTEMPTS = 3
local LISTED = 1000
local LISTED_FAILED = 10000
local UNREADABLE = 'its record is gone or not a hash'

local function timestamp(seconds) return string.format('%.6f', seconds) end

-- Wakes a worker for each queue with tasks: the worker that received a wake-up may have ended.
local function wake_all()
  for _, queue in ipairs(redis.call('SMEMBERS', QUEUES)) do
    if redis.call('EXISTS', PRIORITIES .. queue) == 1 then wake(queue) end
  end
end

-- Makes a task ready for another attempt.
local function make_ready(id)
  redis.call('HDEL', TASK .. id, 'status')
  redis.call('HSET', TASK .. id, 'has_options', '1')
end

local function forget_priority_if_empty(queue, priority)
  if redis.call('EXISTS', PENDING .. queue .. ':' .. priority) == 0 then
    redis.call('ZREM', PRIORITIES .. queue, priority)
  end
end

-- Returns whether it was pending or scheduled.
local function withdraw(id, queue, priority)
  local removed = redis.call('LREM', PENDING .. queue .. ':' .. priority, 1, id)
    + redis.call('ZREM', SCHEDULED .. queue, id)
  forget_priority_if_empty(queue, priority)
  return removed > 0
end

local function push_first(id, queue, priority)
  push('LPUSH', queue, priority, id)
  wake(queue)
end

local function list_corrupt(id, reason)
  redis.call('LPUSH', CORRUPT, cjson.encode({id = id, reason = reason}))
  redis.call('LTRIM', CORRUPT, 0, LISTED - 1)
end

-- Returns the fields, or nil if there is no such record. Every record must have the first field.
local function read(id, ...)
  local fields = redis.pcall('HMGET', TASK .. id, ...)
  if fields.err or not fields[1] then return nil end
  return fields
end

local function add_error(id, text)
  local old = redis.call('HGET', TASK .. id, 'errors')
  redis.call('HSET', TASK .. id, 'errors', (old or '') .. text .. '\n')
end

local function free_unique(unique, id)
  if unique and unique ~= '' and redis.call('GET', UNIQUE .. unique) == id then
    redis.call('DEL', UNIQUE .. unique)
  end
end

local function expire(id, ttl)
  if ttl > 0 then redis.call('EXPIRE', TASK .. id, ttl) else redis.call('DEL', TASK .. id) end
end

local function fail(id, queue, text, now, ttl, unique)
  add_error(id, text)
  redis.call('HSET', TASK .. id, 'status', 'FAILED', 'finished', timestamp(now))
  redis.call('ZADD', FAILED .. queue, now, id)
  redis.call('ZREMRANGEBYRANK', FAILED .. queue, 0, -LISTED_FAILED - 1)
  free_unique(unique, id)
  expire(id, ttl)
end

local function add_counts(queue, now, counts)
  local hour, minute = math.floor(now / 3600), math.floor(now / 60) % 60
  local key = HOUR .. queue .. ':' .. hour
  for what, amount in pairs(counts) do
    if amount > 0 then
      redis.call('HINCRBY', key, minute .. ':' .. what, amount)
      redis.call('HINCRBY', TOTALS .. queue, what, amount)
    end
  end
  redis.call('EXPIRE', key, 26 * 3600)
end

-- Undoes a claim: the task did not begin.
local function unclaim(id)
  local fields = read(id, 'queue', 'priority', 'attempts', 'workers')
  if not fields then return list_corrupt(id, UNREADABLE) end
  local attempts = math.max(0, (tonumber(fields[3]) or 0) - 1)
  make_ready(id)
  if attempts == 0 then redis.call('HDEL', TASK .. id, 'started') end
  redis.call('HSET', TASK .. id, 'attempts', attempts,
    'workers', string.match(fields[4] or '', '^(.*) [^ ]*$') or '')
  push_first(id, fields[1], fields[2])
end
