-- Settles the tasks that a slot has finished, and claims the next ones.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  slot
-- ARGV[3]  seconds of its lease
-- ARGV[4]  number of tasks to claim, or 0
-- ARGV[5]  number of queues, then their names; for equal priorities the first queue in the list wins
-- then 12 for each outcome: id, attempt, verdict, queue, priority, ttl or delay in seconds,
--   payload, started, finished, unique, waited ms, took ms
-- Returns {ids refused because the slot has lost their claims, and another slot has finished them or
--   there is no result,
--   seconds until the next task of these queues is due or '',
--   {id, queue, priority, attempt, task, workers, errors, started, unique} for each claimed task}

local FIELDS = 12
local now, slot, want = clock(ARGV[1]), ARGV[2], tonumber(ARGV[4])
local queues = {unpack(ARGV, 6, 5 + tonumber(ARGV[5]))}
local claimed = CLAIMED .. slot

-- Outcomes ---------------------------------------------------------------------------------------

local sums, succeeded = {}, {}

local function tally(queue, what, waited, took)
  local sum = sums[queue]
  if not sum then
    sum = {done = 0, failed = 0, retried = 0, waited = 0, took = 0}
    sums[queue] = sum
  end
  sum[what] = sum[what] + 1
  sum.waited, sum.took = sum.waited + waited, sum.took + took
end

local function set_start(id, attempt, started)
  redis.call('HSET', TASK .. id, attempt == '1' and 'started' or 'attempted', started)
end

local verdicts = {}

function verdicts.done(id, attempt, queue, priority, ttl, result, started, finished, unique)
  redis.call('HSET', TASK .. id, 'status', 'SUCCESSFUL', 'finished', finished, 'result', result,
    attempt == '1' and 'started' or 'attempted', started)
  free_unique(unique, id)
  expire(id, ttl)
  local list = succeeded[queue] or {}
  list[#list + 1] = id
  succeeded[queue] = list
  return 'done'
end

function verdicts.failed(id, attempt, queue, priority, ttl, error, started, finished, unique)
  set_start(id, attempt, started)
  fail(id, queue, error, now, ttl, unique)
  return 'failed'
end

function verdicts.corrupt(id, attempt, queue, priority, ttl, error, ...)
  list_corrupt(id, error)
  return verdicts.failed(id, attempt, queue, priority, ttl, error, ...)
end

function verdicts.retry(id, attempt, queue, priority, delay, error, started)
  set_start(id, attempt, started)
  add_error(id, error)
  make_ready(id)
  schedule(id, queue, now + delay)
  wake(queue)
  return 'retried'
end

function verdicts.unclaim(id) unclaim(id) end

-- Returns whether it was settled before, in a call whose reply was lost.
local function is_settled(id, attempt)
  local fields = redis.call('HMGET', TASK .. id, 'attempts', 'workers', 'finished')
  return fields[3] and fields[1] == attempt and string.sub(fields[2], -#slot) == slot
end

-- A result also counts after its lease has expired, unless the task has finished since. Withdraws the
-- task from its queue if it waits for another attempt, and from the slot that runs it again.
local function accept_late(id, attempt, verdict)
  local fields = verdict == 'done' and read(id, 'queue', 'priority', 'status', 'attempts', 'workers')
  if not fields or fields[3] == 'SUCCESSFUL' or fields[3] == 'FAILED' then return false end
  local workers = {}
  for worker in string.gmatch(fields[5] or '', '[^ ]+') do workers[#workers + 1] = worker end
  local attempts = tonumber(fields[4]) or 0
  if workers[#workers - attempts + tonumber(attempt)] ~= slot then return false end
  withdraw(id, fields[1], fields[2])
  redis.call('SREM', CLAIMED .. workers[#workers], id .. ':' .. attempts)
  return true
end

local function settle_one(i)
  local id, attempt, verdict, queue, priority, seconds, payload, started, finished, unique, waited, took =
    unpack(ARGV, i, i + FIELDS - 1)
  local what = verdicts[verdict](
    id, attempt, queue, priority, tonumber(seconds), payload, started, finished, unique)
  if what then tally(queue, what, waited, took) end
end

local function settle(first)
  local members, refused = {}, {}
  for i = first, #ARGV, FIELDS do members[#members + 1] = ARGV[i] .. ':' .. ARGV[i + 1] end
  if #members == 0 then return refused end
  local is_claimed = redis.call('SMISMEMBER', claimed, unpack(members))
  redis.call('SREM', claimed, unpack(members))
  for n = 1, #members do
    local i = first + (n - 1) * FIELDS
    if is_claimed[n] == 1 or accept_late(ARGV[i], ARGV[i + 1], ARGV[i + 2]) then
      settle_one(i)
    elseif not is_settled(ARGV[i], ARGV[i + 1]) then
      refused[#refused + 1] = ARGV[i]
    end
  end
  for queue, ids in pairs(succeeded) do
    redis.call('LPUSH', DONE .. queue, unpack(ids))
    redis.call('LTRIM', DONE .. queue, 0, LISTED - 1)
  end
  for queue, sum in pairs(sums) do add_counts(queue, now, sum) end
  return refused
end

-- Claims -----------------------------------------------------------------------------------------

-- The slot never received the reply with the tasks that it has still claimed.
local function unclaim_lost()
  for _, member in ipairs(redis.call('SMEMBERS', claimed)) do
    redis.call('SREM', claimed, member)
    unclaim(string.match(member, '^(.*):%d+$'))
  end
end

local function promote_due(queue)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', SCHEDULED .. queue, '-inf', now, 'LIMIT', 0, 100)) do
    redis.call('ZREM', SCHEDULED .. queue, id)
    local fields = read(id, 'priority')
    if fields then
      push('RPUSH', queue, fields[1], id)
    else
      list_corrupt(id, UNREADABLE)
    end
  end
end

-- Returns the queue with the highest priority of all, and that priority.
local function highest_priority()
  local queue, top
  for _, name in ipairs(queues) do
    local priority = redis.call('ZRANGE', PRIORITIES .. name, 0, 0, 'REV')[1]
    if priority and (not top or tonumber(priority) > tonumber(top)) then queue, top = name, priority end
  end
  return queue, top
end

-- A rate limit is a list of the latest starts: when it is full, the next start is due one period
-- after the oldest one. It is reserved immediately, so that a task is scheduled only once.
local function reserve_start(rate)
  local name, limit, seconds = string.match(rate, '^(.*)|(%d+)|(%d+)$')
  local due = now
  while redis.call('LLEN', STARTS .. name) >= tonumber(limit) do
    due = math.max(now, tonumber(redis.call('LPOP', STARTS .. name)) + tonumber(seconds))
  end
  redis.call('RPUSH', STARTS .. name, timestamp(due))
  redis.call('SADD', RATE_LIMITED, name)
  redis.call('EXPIRE', STARTS .. name, math.ceil(due - now) + tonumber(seconds))
  return due
end

-- Schedules a task if its rate limit is reached, and returns whether it did.
local function schedule_by_rate(id, queue, rate, reserved)
  if not rate then return false end
  if reserved then
    redis.call('HDEL', TASK .. id, 'reserved')
    return false
  end
  local due = reserve_start(rate)
  if due <= now then return false end
  redis.call('HSET', TASK .. id, 'reserved', '1')
  schedule(id, queue, due)
  return true
end

local present, members = timestamp(now), {}

-- Claims a task without options for its first attempt.
local function claim_plain(id, queue, priority, task)
  redis.call('HSET', TASK .. id, 'status', 'RUNNING', 'attempts', 1, 'workers', slot,
    'started', present)
  members[#members + 1] = id .. ':1'
  return {id, queue, priority, '1', task, slot, '', present, ''}
end

local function claim_with_options(id, queue, priority, task)
  local fields = read(id, 'queue', 'attempts', 'workers', 'errors', 'started', 'unique')
  local attempt = (tonumber(fields[2]) or 0) + 1
  local workers = fields[3] and fields[3] ~= '' and fields[3] .. ' ' .. slot or slot
  local started = fields[5] or present
  redis.call('HSET', TASK .. id, 'status', 'RUNNING', 'attempts', attempt, 'workers', workers,
    'started', started, attempt > 1 and 'attempted' or 'started', present)
  members[#members + 1] = id .. ':' .. attempt
  return {id, queue, priority, tostring(attempt), task, workers, fields[4] or '', started,
    fields[6] or ''}
end

local function push_back(ids, first, queue, priority)
  for i = #ids, first, -1 do push('LPUSH', queue, priority, ids[i]) end
end

-- Claims `ids` into `claims`; returns true if no further claims are allowed.
local function claim_ids(ids, queue, priority, claims)
  for i, id in ipairs(ids) do
    local fields = read(id, 'task', 'has_options')
    local options = fields and fields[2] and read(id, 'queue', 'alone', 'rate', 'reserved')
    if not fields then
      list_corrupt(id, UNREADABLE)
    elseif not options then
      claims[#claims + 1] = claim_plain(id, queue, priority, fields[1])
    elseif options[2] and #claims > 0 then
      push_back(ids, i, queue, priority)
      return true
    elseif not schedule_by_rate(id, queue, options[3], options[4]) then
      claims[#claims + 1] = claim_with_options(id, queue, priority, fields[1])
      if options[2] then
        push_back(ids, i + 1, queue, priority)
        return true
      end
    end
  end
  return false
end

local function claim()
  local claims, rounds, full = {}, 16, false
  while #claims < want and rounds > 0 and not full do
    local queue, priority = highest_priority()
    if not queue then break end
    local list = PENDING .. queue .. ':' .. priority
    local ids = redis.pcall('LPOP', list, want - #claims)
    if ids and ids.err then
      list_corrupt(list, ids.err)
      redis.call('ZREM', PRIORITIES .. queue, priority)
    else
      full = claim_ids(ids or {}, queue, priority, claims)
      forget_priority_if_empty(queue, priority)
    end
    rounds = rounds - 1
  end
  if #members > 0 then redis.call('SADD', claimed, unpack(members)) end
  return claims
end

-- Wakes the next worker if tasks are left.
local function wake_others()
  for _, queue in ipairs(queues) do
    if redis.call('EXISTS', PRIORITIES .. queue) == 1 then
      wake(queue)
    else
      redis.call('DEL', WAKE .. queue)
    end
  end
end

local function next_due()
  local due
  for _, queue in ipairs(queues) do
    local first = redis.call('ZRANGE', SCHEDULED .. queue, 0, 0, 'WITHSCORES')
    if first[2] and (not due or tonumber(first[2]) < due) then due = tonumber(first[2]) end
  end
  return due and timestamp(due - now) or ''
end

local refused = settle(6 + #queues)
if want == 0 then return {refused, '', {}} end
redis.call('ZADD', LEASES, now + tonumber(ARGV[3]), slot)
unclaim_lost()
for _, queue in ipairs(queues) do promote_due(queue) end
local claims = claim()
wake_others()
return {refused, next_due(), claims}
