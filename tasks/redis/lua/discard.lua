-- Deletes a task that does not run, with its record.
-- KEYS[1]  the tag
-- ARGV[1]  id
-- Returns 1, or 0 if it runs or does not exist

local id = ARGV[1]
local fields = read(id, 'queue', 'priority', 'unique', 'status')
if not fields or fields[4] == 'RUNNING' then return 0 end
withdraw(id, fields[1], fields[2])
redis.call('ZREM', FAILED .. fields[1], id)
redis.call('LREM', DONE .. fields[1], 1, id)
free_unique(fields[3], id)
redis.call('DEL', TASK .. id)
return 1
