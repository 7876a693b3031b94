"""Signals of presence. Receivers get `user_id`, and an error in one of them is logged.

`user_came_online` and `user_went_offline` are sent by `history.record` (`manage.py record_presence`
or a periodic task), so once in the whole project, in that process, and up to a minute later.

`user_arrived` (the first open socket) and `user_left` (the last one is gone, after GRACE_SECONDS)
are sent by the `SocketTracker` of each process that has sockets, so once per process. They also
get `server`, the name of that process. The users whom a process finds when it starts have not
arrived.
"""

from django.dispatch import Signal

user_came_online = Signal()
user_went_offline = Signal()
user_arrived = Signal()
user_left = Signal()
