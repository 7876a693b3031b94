"""The limits of each user and each address.

Each name is also the name of the setting that changes the limit. Neither a busy user nor a bot in
busy rooms reaches these limits. The settings import this module, so it imports nothing of Django.
"""

from typing import NamedTuple


class Limit(NamedTuple):
    per_minute: float  # sustained; 0 is no limit
    burst: int  # immediately, after a pause

    def scaled_to(self, per_minute: float) -> "Limit":
        """Returns a limit of another rate, with the burst in proportion to it."""
        return Limit(per_minute, max(1, round(self.burst * per_minute / self.per_minute)))


PERSON, ADDRESS = "_PER_MINUTE", "_PER_MINUTE_PER_ADDRESS"
LIMITS = {
    # Posts, edits, deletions and reactions, by their cost: see limits.cost_of.
    "CHANGES_PER_MINUTE": Limit(600, 60),
    "CHANGES_PER_MINUTE_PER_ADDRESS": Limit(12_000, 12_000),  # an office of hundreds
    # Over the WebSocket.
    "HANDSHAKES_PER_MINUTE": Limit(600, 300),
    "HANDSHAKES_PER_MINUTE_PER_ADDRESS": Limit(12_000, 12_000),
    "FRAMES_PER_MINUTE": Limit(6000, 1000),  # all frames, also invalid ones
    "OPENS_PER_MINUTE": Limit(600, 300),  # of rooms
    "READS_PER_MINUTE": Limit(1200, 300),  # read marks
    "TYPING_PER_MINUTE": Limit(300, 60),
    # Pages and fragments of pages.
    "PAGES_PER_MINUTE": Limit(1200, 600),
    "PAGES_PER_MINUTE_PER_ADDRESS": Limit(24_000, 12_000),
    "SEARCHES_PER_MINUTE": Limit(600, 120),  # a request for each key of a fast typist
    "FORMS_PER_MINUTE": Limit(120, 60),  # all forms without their own limit
    "DRAFTS_PER_MINUTE": Limit(300, 60),
    "ROOMS_PER_MINUTE": Limit(20, 30),  # created, direct conversations included
    "MEMBERS_PER_MINUTE": Limit(120, 120),  # joins, leaves, invitations, removals, favourites
    "NAMES_PER_MINUTE": Limit(10, 20),  # renames of users and rooms, which notify many
    "CREDENTIALS_PER_MINUTE": Limit(6, 12),  # tokens and bots
    "TASKS_PER_MINUTE": Limit(30, 30),  # exports and additions
    "SIGNUPS_PER_MINUTE_PER_ADDRESS": Limit(30, 60),
    # The JSON API.
    "API_CALLS_PER_MINUTE": Limit(1200, 600),
    "API_CALLS_PER_MINUTE_PER_ADDRESS": Limit(6000, 6000),
}
