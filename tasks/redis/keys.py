"""Every Redis key of a backend. All keys begin with one hash tag, so that a cluster stores them on
one node and a script may use them together. The scripts get the same names from `lua_locals`."""

import re

TASK = "task:"  # + id: hash, the record; its fields are in lua/common.lua
PENDING = "pending:"  # + queue:priority: list of ids, the next one at its head
PRIORITIES = "priorities:"  # + queue: sorted set of the priorities that have pending tasks
SCHEDULED = "scheduled:"  # + queue: sorted set of ids by the second they are due
WAKE = "wake:"  # + queue: list with one element while the queue may have a task for a worker
WAKE_WORKER = "wake-worker:"  # + worker: list that wakes the slots of one worker
CLAIMED = (
    "claimed:"  # + slot: set of "id:attempt", the tasks that the slot has claimed and not settled
)
LEASES = "leases"  # sorted set of slots by the second their lease expires
WORKER = "worker:"  # + worker: string, its status as JSON, expires with its lease
QUEUES = "queues"  # set of all queues that were ever used
UNIQUE = "unique:"  # + digest of function and arguments: id of the one waiting or running
STARTS = "starts:"  # + function with a rate limit: list of the seconds of its latest starts
RATE_LIMITED = "rate-limited"  # set of all functions that ever had such a list
CLOCK = "clock"  # string: the second of the latest heartbeat, to detect that the clock was set
CRON = "cron"  # hash: periodic function to the second of its latest occurrence
DONE = "done:"  # + queue: list of the ids that succeeded, newest first, capped
FAILED = "failed:"  # + queue: sorted set of the ids that failed, by second
CORRUPT = "corrupt"  # list of records that could not be read, newest first, capped
TOTALS = "totals:"  # + queue: hash of the same counts, all-time
HOUR = "hour:"  # + queue:hour: hash of counts, "<minute>:<done|failed|retried|waited|took>"

NAMES = {name: value for name, value in vars().items() if name.isupper()}


def tag(alias: str) -> str:
    return f"{{tasks:{alias}}}:"


def lua_locals(script: str) -> str:
    """Returns the keys that a script uses as Lua locals; KEYS[1] of every script is the tag."""
    used = {name: NAMES[name] for name in NAMES if re.search(rf"\b{name}\b", script)}
    return "".join(f"local {name} = KEYS[1] .. '{value}'\n" for name, value in used.items())
