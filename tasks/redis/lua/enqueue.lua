-- Queues tasks with the same options. A task that is already queued stays as it is, so the call may
-- be repeated.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  a periodic function or '': then nothing is queued unless its occurrence is new
-- ARGV[3]  the second of that occurrence
-- ARGV[4]  queue
-- ARGV[5]  priority
-- ARGV[6]  due, '' for now
-- ARGV[7]  max attempts or ''
-- ARGV[8]  rate limit or ''
-- ARGV[9]  '1' if it is never claimed together with others, or ''
-- ARGV[10..]  three for each task: id, digest of a unique task or '', record as JSON
-- Returns nil if the occurrence is not new, or {index from 1, id, record as a flat list} of each
-- unique task that already waits or runs

local FIRST, FIELDS = 10, 3
local CLOCK_ERROR_SECONDS = 60 -- an occurrence further in the future is from a wrong clock
local queue, priority, due, max, rate, alone = unpack(ARGV, 4, 9)

-- Returns true once for each second, however many workers ask. A new function waits for its next
-- occurrence.
local function is_new_occurrence(path, second, now)
  local last = tonumber(redis.call('HGET', CRON, path) or '')
  if last and last >= tonumber(second) and last <= now + CLOCK_ERROR_SECONDS then return false end
  redis.call('HSET', CRON, path, second)
  return last
end

local function set_options(key, unique)
  if max ~= '' then redis.call('HSET', key, 'max', max) end
  if rate ~= '' then redis.call('HSET', key, 'rate', rate, 'has_options', '1') end
  if alone ~= '' then redis.call('HSET', key, 'alone', alone, 'has_options', '1') end
  if unique ~= '' then redis.call('HSET', key, 'unique', unique, 'has_options', '1') end
end

if ARGV[2] ~= '' and not is_new_occurrence(ARGV[2], ARGV[3], clock(ARGV[1])) then return false end
local plain = max == '' and rate == '' and alone == ''
local duplicates, added = {}, {}

for i = FIRST, #ARGV, FIELDS do
  local id, unique = ARGV[i], ARGV[i + 1]
  local first = unique ~= '' and duplicate(unique)
  if first and first ~= id then
    duplicates[#duplicates + 1] = {(i - FIRST) / FIELDS + 1, first, redis.call('HGETALL', TASK .. first)}
  else
    local key = TASK .. id
    if redis.call('HSET', key, 'task', ARGV[i + 2], 'queue', queue, 'priority', priority) > 0 then
      added[#added + 1] = id
      if not plain or unique ~= '' then set_options(key, unique) end
      if unique ~= '' then redis.call('SET', UNIQUE .. unique, id) end
    end
  end
end

if #added > 0 then
  if due ~= '' and tonumber(due) > clock(ARGV[1]) then
    for _, id in ipairs(added) do schedule(id, queue, due) end
  else
    push('RPUSH', queue, priority, unpack(added))
  end
  wake(queue)
end
return duplicates
