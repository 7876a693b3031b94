"""The usual chat on Django and Channels, as their documentation has it: a view with a template, a
consumer for each socket, a group of the channel layer for the room. On the database, the people
and the sessions of the site beside it."""
