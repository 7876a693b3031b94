-- A slot hands in what it finished and claims what is next.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  slot
-- ARGV[3]  seconds of its lease
-- ARGV[4]  how many tasks it wants; 0 claims nothing
-- ARGV[5]  number of queues, then their names; of equal priorities the earlier queue goes first
-- then 12 for each outcome: id, attempt, verdict, queue, priority, ttl or delay in seconds,
--   payload, started, finished, unique, waited ms, took ms
-- Returns {ids refused because the slot does not hold them any more, and somebody else has ended
--   them or it has no result,
--   seconds until the next task of these queues is due or '',
--   {id, queue, priority, attempt, task, workers, errors, started, unique} for each claimed one}

local FIELDS = 12
local now, slot, want = clock(ARGV[1]), ARGV[2], tonumber(ARGV[4])
local queues = {unpack(ARGV, 6, 5 + tonumber(ARGV[5]))}
local held = HELD .. slot

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

local function keep_times(id, attempt, started)
  redis.call('HSET', TASK .. id, attempt == '1' and 'started' or 'attempted', started)
end

local verdicts = {}

function verdicts.done(id, attempt, queue, priority, ttl, result, started, finished, unique)
  redis.call('HSET', TASK .. id, 'status', 'SUCCESSFUL', 'finished', finished, 'result', result,
    attempt == '1' and 'started' or 'attempted', started)
  free(unique, id)
  expire(id, ttl)
  local list = succeeded[queue] or {}
  list[#list + 1] = id
  succeeded[queue] = list
  return 'done'
end

function verdicts.failed(id, attempt, queue, priority, ttl, error, started, finished, unique)
  keep_times(id, attempt, started)
  fail(id, queue, error, now, ttl, unique)
  return 'failed'
end

function verdicts.damaged(id, attempt, queue, priority, ttl, error, ...)
  put_aside(id, error)
  return verdicts.failed(id, attempt, queue, priority, ttl, error, ...)
end

function verdicts.retry(id, attempt, queue, priority, delay, error, started)
  keep_times(id, attempt, started)
  add_error(id, error)
  make_ready(id)
  postpone(id, queue, now + delay)
  wake(queue)
  return 'retried'
end

function verdicts.back(id) unclaim(id) end

function verdicts.interrupted(id, attempt, queue, priority)
  make_ready(id)
  put_first(id, queue, priority)
end

-- Handed in before, in a call whose answer was lost.
local function is_settled(id, attempt)
  local fields = redis.call('HMGET', TASK .. id, 'attempts', 'workers', 'finished')
  return fields[3] and fields[1] == attempt and string.sub(fields[2], -#slot) == slot
end

-- A result counts also after its lease has lapsed, unless the task has ended meanwhile. Whoever
-- waits for it, or runs it again, need not.
local function is_late(id, attempt, verdict)
  local fields = verdict == 'done' and read(id, 'queue', 'priority', 'status', 'attempts', 'workers')
  if not fields or fields[3] == 'SUCCESSFUL' or fields[3] == 'FAILED' then return false end
  local workers = {}
  for worker in string.gmatch(fields[5] or '', '[^ ]+') do workers[#workers + 1] = worker end
  local attempts = tonumber(fields[4]) or 0
  if workers[#workers - attempts + tonumber(attempt)] ~= slot then return false end
  withdraw(id, fields[1], fields[2])
  redis.call('SREM', HELD .. workers[#workers], id .. ':' .. attempts)
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
  local ours = redis.call('SMISMEMBER', held, unpack(members))
  redis.call('SREM', held, unpack(members))
  for n = 1, #members do
    local i = first + (n - 1) * FIELDS
    if ours[n] == 1 or is_late(ARGV[i], ARGV[i + 1], ARGV[i + 2]) then
      settle_one(i)
    elseif not is_settled(ARGV[i], ARGV[i + 1]) then
      refused[#refused + 1] = ARGV[i]
    end
  end
  for queue, ids in pairs(succeeded) do
    redis.call('LPUSH', FINISHED .. queue, unpack(ids))
    redis.call('LTRIM', FINISHED .. queue, 0, LISTED - 1)
  end
  for queue, sum in pairs(sums) do count(queue, now, sum) end
  return refused
end

-- Claims -----------------------------------------------------------------------------------------

-- What the slot still seems to hold was claimed in an answer that never arrived.
local function sweep()
  for _, member in ipairs(redis.call('SMEMBERS', held)) do
    redis.call('SREM', held, member)
    unclaim(string.match(member, '^(.*):%d+$'))
  end
end

local function promote(queue)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', LATER .. queue, '-inf', now, 'LIMIT', 0, 100)) do
    redis.call('ZREM', LATER .. queue, id)
    local fields = read(id, 'priority')
    if fields then
      push('RPUSH', queue, fields[1], id)
    else
      put_aside(id, 'its record is gone or no hash')
    end
  end
end

-- Of the queues' highest priorities the highest, and its list.
local function best()
  local queue, top
  for _, name in ipairs(queues) do
    local level = redis.call('ZRANGE', LEVELS .. name, 0, 0, 'REV')[1]
    if level and (not top or tonumber(level) > tonumber(top)) then queue, top = name, level end
  end
  return queue, top
end

-- A rate limit is a list of the latest starts: when it is full, the next start is due a period after
-- the oldest of them. The place is taken at once, so that a task is postponed once only.
local function reserve(rate)
  local name, limit, seconds = string.match(rate, '^(.*)|(%d+)|(%d+)$')
  local due = now
  while redis.call('LLEN', RATE .. name) >= tonumber(limit) do
    due = math.max(now, tonumber(redis.call('LPOP', RATE .. name)) + tonumber(seconds))
  end
  redis.call('RPUSH', RATE .. name, stamp(due))
  redis.call('SADD', RATES, name)
  redis.call('EXPIRE', RATE .. name, math.ceil(due - now) + tonumber(seconds))
  return due
end

local function too_early(id, queue, rate, paid)
  if not rate then return false end
  if paid then
    redis.call('HDEL', TASK .. id, 'paid')
    return false
  end
  local due = reserve(rate)
  if due <= now then return false end
  redis.call('HSET', TASK .. id, 'paid', '1')
  postpone(id, queue, due)
  return true
end

local present, members = stamp(now), {}

-- The first attempt at a task without options.
local function begin(id, queue, priority, task)
  redis.call('HSET', TASK .. id, 'status', 'RUNNING', 'attempts', 1, 'workers', slot,
    'started', present)
  members[#members + 1] = id .. ':1'
  return {id, queue, priority, '1', task, slot, '', present, ''}
end

local function begin_again(id, queue, priority, task)
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

local function give_back(ids, first, queue, priority)
  for i = #ids, first, -1 do push('LPUSH', queue, priority, ids[i]) end
end

-- Puts what it can of `ids` into `got`; true where no more should follow.
local function take(ids, queue, priority, got)
  for i, id in ipairs(ids) do
    local fields = read(id, 'task', 'special')
    local options = fields and fields[2] and read(id, 'queue', 'alone', 'rate', 'paid')
    if not fields then
      put_aside(id, 'its record is gone or no hash')
    elseif not options then
      got[#got + 1] = begin(id, queue, priority, fields[1])
    elseif options[2] and #got > 0 then
      give_back(ids, i, queue, priority)
      return true
    elseif not too_early(id, queue, options[3], options[4]) then
      got[#got + 1] = begin_again(id, queue, priority, fields[1])
      if options[2] then
        give_back(ids, i + 1, queue, priority)
        return true
      end
    end
  end
  return false
end

local function claim()
  local got, rounds, full = {}, 16, false
  while #got < want and rounds > 0 and not full do
    local queue, priority = best()
    if not queue then break end
    local list = PENDING .. queue .. ':' .. priority
    local ids = redis.pcall('LPOP', list, want - #got)
    if ids and ids.err then
      put_aside(list, ids.err)
      redis.call('ZREM', LEVELS .. queue, priority)
    else
      full = take(ids or {}, queue, priority, got)
      if redis.call('EXISTS', list) == 0 then redis.call('ZREM', LEVELS .. queue, priority) end
    end
    rounds = rounds - 1
  end
  if #members > 0 then redis.call('SADD', held, unpack(members)) end
  return got
end

-- Whoever leaves tasks behind wakes the next worker.
local function pass_on()
  for _, queue in ipairs(queues) do
    if redis.call('EXISTS', LEVELS .. queue) == 1 then
      wake(queue)
    else
      redis.call('DEL', WAKE .. queue)
    end
  end
end

local function next_due()
  local due
  for _, queue in ipairs(queues) do
    local first = redis.call('ZRANGE', LATER .. queue, 0, 0, 'WITHSCORES')
    if first[2] and (not due or tonumber(first[2]) < due) then due = tonumber(first[2]) end
  end
  return due and stamp(due - now) or ''
end

local refused = settle(6 + #queues)
if want == 0 then return {refused, '', {}} end
redis.call('ZADD', LEASES, now + tonumber(ARGV[3]), slot)
sweep()
for _, queue in ipairs(queues) do promote(queue) end
local got = claim()
pass_on()
return {refused, next_due(), got}
