-- The beginning of the scripts that queue tasks, after the key names of keys.py. KEYS[1] is the tag of
-- the backend.

local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end

-- One element is enough: a worker that pops it and does not claim all tasks pushes it again.
local function wake(queue)
  if redis.call('EXISTS', WAKE .. queue) == 0 then redis.call('RPUSH', WAKE .. queue, '1') end
end

local function push(side, queue, priority, ...)
  local length = redis.call(side, PENDING .. queue .. ':' .. priority, ...)
  if length > select('#', ...) then return end
  redis.call('ZADD', PRIORITIES .. queue, priority, priority)
  redis.call('SADD', QUEUES, queue)
end

-- Returns the id of the same unique task if it waits or runs.
local function duplicate(unique)
  local id = redis.call('GET', UNIQUE .. unique)
  return id and redis.call('EXISTS', TASK .. id) == 1 and id
end

local function schedule(id, queue, due)
  redis.call('ZADD', SCHEDULED .. queue, due, id)
  redis.call('SADD', QUEUES, queue)
end
