"""Every Redis key of the queue.

All keys of a backend begin with one hash tag, so that a cluster keeps them on one node and a script
may touch them together. The scripts get the same names from `lua()`.
"""

import re

TASK = "task:"  # + id: hash, the record; its fields are in lua/common.lua
PENDING = "pending:"  # + queue:priority: list of ids, the next one at its head
LEVELS = "levels:"  # + queue: sorted set of the priorities that have pending tasks
LATER = "later:"  # + queue: sorted set of ids by the second they are due
WAKE = "wake:"  # + queue: list with one element while somebody should look at the queue
CALL = "call:"  # + worker: list that wakes the slots of one worker
HELD = "held:"  # + slot: set of "id:attempt", what the slot has claimed and not finished
LEASES = "leases"  # sorted set of slots by the second their lease lapses
WORKER = "worker:"  # + worker: string, what it says of itself, expires with its lease
QUEUES = "queues"  # set of the queues that were ever used
UNIQUE = "unique:"  # + digest of function and arguments: id of the one waiting or running
RATE = "rate:"  # + function: list of the seconds of its latest starts
RATES = "rates"  # set of the functions that ever had such a list
CLOCK = "clock"  # string: the second of the latest tick, by which a clock that was set is noticed
CRON = "cron"  # hash: periodic function to the second it was last queued for
FINISHED = "finished:"  # + queue: list of the ids that succeeded, newest first, capped
FAILED = "failed:"  # + queue: sorted set of the ids that failed, by second
DAMAGED = "damaged"  # list of what could not be read, newest first, capped
TOTALS = "totals:"  # + queue: hash of the same counts since ever
HOUR = "hour:"  # + queue:hour: hash of counts, "<minute>:<done|failed|retried|waited|took>"

NAMES = {name: value for name, value in vars().items() if name.isupper()}


def tag(alias: str) -> str:
    return f"{{tasks:{alias}}}:"


def lua(script: str) -> str:
    """The names that a script uses, as Lua locals; KEYS[1] of every script is the tag."""
    used = {name: NAMES[name] for name in NAMES if re.search(rf"\b{name}\b", script)}
    return "".join(f"local {name} = KEYS[1] .. '{value}'\n" for name, value in used.items())
