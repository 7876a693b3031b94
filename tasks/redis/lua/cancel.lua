-- Removes a task from its queue before it runs; it fails.
-- KEYS[1]  the tag
-- ARGV[1]  now, or '' for the server's clock
-- ARGV[2]  id
-- ARGV[3]  error (JSON)
-- ARGV[4]  seconds to keep the record
-- Returns 1, or 0 if it does not wait

local id = ARGV[2]
local fields = read(id, 'queue', 'priority', 'unique')
if not fields or not withdraw(id, fields[1], fields[2]) then return 0 end
fail(id, fields[1], ARGV[3], clock(ARGV[1]), tonumber(ARGV[4]), fields[3])
return 1
