-- Queue tasks. A task that is there already is left alone, so that the call may be repeated.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  a periodic function or '': then nothing is queued unless it is its turn
-- ARGV[3]  the second of its turn
-- ARGV[4..]  nine for each task: id, queue, priority, due ('' for now), max attempts or '',
--   digest of a unique task or '', rate limit or '', '1' to be claimed alone or '', record as JSON
-- Returns the ids, in order: where a unique task waits or runs already, that one's.

local FIELDS = 9

-- The id of the same unique task if it waits or runs.
local function same(unique)
  local id = unique ~= '' and redis.call('GET', UNIQUE .. unique)
  return id and redis.call('EXISTS', TASK .. id) == 1 and id
end

-- False where it is there already.
local function record(id, queue, priority, max, unique, rate, alone, task)
  local key = TASK .. id
  if redis.call('HSET', key, 'task', task, 'queue', queue, 'priority', priority) == 0 then
    return false
  end
  if max ~= '' then redis.call('HSET', key, 'max', max) end
  if unique ~= '' then redis.call('HSET', key, 'unique', unique, 'special', '1') end
  if rate ~= '' then redis.call('HSET', key, 'rate', rate, 'special', '1') end
  if alone ~= '' then redis.call('HSET', key, 'alone', alone, 'special', '1') end
  return true
end

-- Once for each second, however many workers ask; a function seen for the first time waits for its
-- next turn.
local function is_turn(path, second)
  local last = redis.call('HGET', CRON, path)
  if last and tonumber(last) >= tonumber(second) then return false end
  redis.call('HSET', CRON, path, second)
  return last
end

if ARGV[2] ~= '' and not is_turn(ARGV[2], ARGV[3]) then return {} end
local now, ids, places = clock(ARGV[1]), {}, {}

local function place(id, queue, priority)
  local name = queue .. ':' .. priority
  local list = places[name]
  if not list then
    list = {queue = queue, priority = priority}
    places[name] = list
  end
  list[#list + 1] = id
end

for i = 4, #ARGV, FIELDS do
  local id, queue, priority, due, max, unique, rate, alone, task = unpack(ARGV, i, i + FIELDS - 1)
  local first = same(unique)
  if not first and record(id, queue, priority, max, unique, rate, alone, task) then
    if unique ~= '' then redis.call('SET', UNIQUE .. unique, id) end
    if due ~= '' and tonumber(due) > now then
      postpone(id, queue, due)
      wake(queue)
    else
      place(id, queue, priority)
    end
  end
  ids[#ids + 1] = first or id
end
for _, list in pairs(places) do
  push('RPUSH', list.queue, list.priority, unpack(list))
  wake(list.queue)
end
return ids
