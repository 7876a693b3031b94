-- A slot hands in what it finished and claims what is next.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  slot
-- ARGV[3]  seconds of its lease
-- ARGV[4]  how many tasks it wants; 0 claims nothing
-- ARGV[5]  number of queues, then their names; of equal priorities the earlier queue goes first
-- then 12 for each outcome: id, attempt, verdict, queue, priority, ttl or delay in seconds,
--   payload, started, finished, unique, waited ms, took ms
-- Returns {ids refused because the slot does not hold them any more,
--   second at which the next task of these queues is due or '',
--   {id, queue, priority, attempt, task, workers, errors, started, unique} for each claimed one}

local FIELDS = 12
local now, slot, want = clock(ARGV[1]), ARGV[2], tonumber(ARGV[4])
local queues = {unpack(ARGV, 6, 5 + tonumber(ARGV[5]))}
local held = HELD .. slot

-- Outcomes ---------------------------------------------------------------------------------------

local counts, succeeded = {}, {}

local function tally(o, what)
  local sums = counts[o.queue] or {done = 0, failed = 0, retried = 0, waited = 0, took = 0}
  sums[what] = sums[what] + 1
  sums.waited, sums.took = sums.waited + o.waited, sums.took + o.took
  counts[o.queue] = sums
end

local function keep_times(o)
  redis.call('HSET', TASK .. o.id, 'attempted', o.started)
  if o.attempt == '1' then redis.call('HSET', TASK .. o.id, 'started', o.started) end
end

local verdicts = {}

function verdicts.done(o)
  local fields = {'status', 'SUCCESSFUL', 'attempted', o.started, 'finished', o.finished,
    'result', o.payload}
  if o.attempt == '1' then fields[9], fields[10] = 'started', o.started end
  redis.call('HSET', TASK .. o.id, unpack(fields))
  free(o.unique, o.id)
  expire(o.id, o.seconds)
  local list = succeeded[o.queue] or {}
  list[#list + 1] = o.id
  succeeded[o.queue] = list
  tally(o, 'done')
end

function verdicts.failed(o)
  keep_times(o)
  fail(o.id, o.queue, o.payload, now, o.seconds, o.unique)
  tally(o, 'failed')
end

function verdicts.damaged(o)
  put_aside(o.id, o.payload)
  verdicts.failed(o)
end

function verdicts.retry(o)
  keep_times(o)
  add_error(o.id, o.payload)
  redis.call('HDEL', TASK .. o.id, 'status')
  postpone(o.id, o.queue, now + o.seconds)
  wake(o.queue)
  tally(o, 'retried')
end

function verdicts.back(o) unclaim(o.id) end

function verdicts.interrupted(o)
  redis.call('HDEL', TASK .. o.id, 'status')
  put_first(o.id, o.queue, o.priority)
end

-- Handed in before, in a call whose answer was lost.
local function is_settled(o)
  local fields = redis.call('HMGET', TASK .. o.id, 'attempts', 'workers', 'finished')
  return fields[3] and fields[1] == o.attempt and string.sub(fields[2], -#slot) == slot
end

local function settle(first)
  local refused = {}
  for i = first, #ARGV, FIELDS do
    local o = {id = ARGV[i], attempt = ARGV[i + 1], queue = ARGV[i + 3], priority = ARGV[i + 4],
      seconds = tonumber(ARGV[i + 5]), payload = ARGV[i + 6], started = ARGV[i + 7],
      finished = ARGV[i + 8], unique = ARGV[i + 9], waited = tonumber(ARGV[i + 10]),
      took = tonumber(ARGV[i + 11])}
    if redis.call('SREM', held, o.id .. ':' .. o.attempt) == 1 then
      verdicts[ARGV[i + 2]](o)
    elseif not is_settled(o) then
      refused[#refused + 1] = o.id
    end
  end
  for queue, ids in pairs(succeeded) do
    redis.call('LPUSH', FINISHED .. queue, unpack(ids))
    redis.call('LTRIM', FINISHED .. queue, 0, LISTED - 1)
  end
  for queue, sums in pairs(counts) do count(queue, now, sums) end
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
    if fields then push('RPUSH', id, queue, fields[1]) else put_aside(id, 'its record is gone or no hash') end
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

local function begin(id, queue, priority, fields)
  local attempt = (tonumber(fields[2]) or 0) + 1
  local workers = fields[3] and fields[3] ~= '' and fields[3] .. ' ' .. slot or slot
  local started = fields[5] or stamp(now)
  redis.call('HSET', TASK .. id, 'status', 'RUNNING', 'attempts', attempt, 'workers', workers,
    'started', started, 'attempted', stamp(now))
  redis.call('SADD', held, id .. ':' .. attempt)
  return {id, queue, priority, tostring(attempt), fields[1], workers, fields[4] or '', started,
    fields[9] or ''}
end

-- Puts what it can of `ids` into `got`; the rest goes back to the head of the list.
local function take(ids, queue, priority, got)
  for i, id in ipairs(ids) do
    local fields = read(id, 'task', 'attempts', 'workers', 'errors', 'started', 'alone', 'rate', 'paid',
      'unique')
    if not fields then
      put_aside(id, 'its record is gone or no hash')
    elseif fields[6] and #got > 0 then
      for j = #ids, i, -1 do push('LPUSH', ids[j], queue, priority) end
      return true
    elseif not too_early(id, queue, fields[7], fields[8]) then
      got[#got + 1] = begin(id, queue, priority, fields)
      if fields[6] then
        for j = #ids, i + 1, -1 do push('LPUSH', ids[j], queue, priority) end
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
