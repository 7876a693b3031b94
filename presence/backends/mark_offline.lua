-- Removes a user, between all marks: nobody sees a part of it.
--
-- KEYS[1]   the hash with the user's second of the last activity, or the user's own key
-- KEYS[2..] sets of user ids
-- ARGV[1]   'hashes' or 'keys': what the first of KEYS is
-- ARGV[2]   user id

if ARGV[1] == 'hashes' then
    redis.call('HDEL', KEYS[1], ARGV[2])
else
    redis.call('DEL', KEYS[1])
end
for k = 2, #KEYS do
    redis.call('SREM', KEYS[k], ARGV[2])
end
