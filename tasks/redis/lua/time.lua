-- The server's clock, in seconds since 1970.
-- KEYS[1]  the tag

return timestamp(clock(''))
