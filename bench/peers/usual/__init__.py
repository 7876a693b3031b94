"""The usual chat with Django and Channels, as in their documentation: a view with a template, a
consumer for each socket, a channel layer group for the room. It uses the database, users and
sessions of the site."""
