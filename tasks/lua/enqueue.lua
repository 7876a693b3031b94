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

local function record(id, queue, priority, max, unique, rate, alone, task)
  local fields = {'task', task, 'queue', queue, 'priority', priority}
  local optional = {max = max, unique = unique, rate = rate, alone = alone}
  for name, value in pairs(optional) do
    if value ~= '' then
      fields[#fields + 1] = name
      fields[#fields + 1] = value
    end
  end
  return redis.call('HSET', TASK .. id, unpack(fields)) > 0
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
local now, ids, queues = clock(ARGV[1]), {}, {}
for i = 4, #ARGV, FIELDS do
  local id, queue, priority, due, max, unique, rate, alone, task = unpack(ARGV, i, i + FIELDS - 1)
  local first = same(unique)
  if not first and record(id, queue, priority, max, unique, rate, alone, task) then
    if unique ~= '' then redis.call('SET', UNIQUE .. unique, id) end
    if due ~= '' and tonumber(due) > now then
      postpone(id, queue, due)
    else
      push('RPUSH', id, queue, priority)
    end
    queues[queue] = true
  end
  ids[#ids + 1] = first or id
end
for queue in pairs(queues) do wake(queue) end
return ids
