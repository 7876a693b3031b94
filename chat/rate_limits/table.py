"""How much one person, and everybody behind one address, may do. Pure, as the settings read it.

Each name is also the name of the setting that changes it. A person at work meets none of these, and
neither does a bot that follows lively rooms.
"""

from typing import NamedTuple


class Limit(NamedTuple):
    per_minute: float  # sustained; 0 is no limit
    burst: int  # at once, after a pause

    def scaled_to(self, per_minute: float) -> "Limit":
        """The burst grows and shrinks with the rate."""
        return Limit(per_minute, max(1, round(self.burst * per_minute / self.per_minute)))


PERSON, ADDRESS = "_PER_MINUTE", "_PER_MINUTE_PER_ADDRESS"
LIMITS = {
    # Posts, edits, deletions and reactions, by what they cost: see limits.cost_of.
    "CHANGES_PER_MINUTE": Limit(600, 60),
    "CHANGES_PER_MINUTE_PER_ADDRESS": Limit(12_000, 12_000),  # an office of hundreds behind one
    # Over the WebSocket.
    "HANDSHAKES_PER_MINUTE": Limit(600, 300),
    "HANDSHAKES_PER_MINUTE_PER_ADDRESS": Limit(12_000, 12_000),
    "FRAMES_PER_MINUTE": Limit(6000, 1000),  # all of them, also those that cannot be used
    "OPENS_PER_MINUTE": Limit(600, 300),  # of rooms
    "READS_PER_MINUTE": Limit(1200, 300),  # marks up to where somebody has read
    "TYPING_PER_MINUTE": Limit(300, 60),
    # Pages and fragments of pages.
    "PAGES_PER_MINUTE": Limit(1200, 600),
    "PAGES_PER_MINUTE_PER_ADDRESS": Limit(24_000, 12_000),
    "SEARCHES_PER_MINUTE": Limit(600, 120),  # a request for each key of a fast typist
    "FORMS_PER_MINUTE": Limit(120, 60),  # all that have no limit of their own
    "DRAFTS_PER_MINUTE": Limit(300, 60),
    "ROOMS_PER_MINUTE": Limit(20, 30),  # created, direct conversations included
    "MEMBERS_PER_MINUTE": Limit(120, 120),  # joins, leaves, invitations and removals
    "NAMES_PER_MINUTE": Limit(10, 20),  # of people and rooms: everybody who sees one is notified
    "CREDENTIALS_PER_MINUTE": Limit(6, 12),  # tokens and bots
    "TASKS_PER_MINUTE": Limit(30, 30),  # exports and additions
    "SIGNUPS_PER_MINUTE_PER_ADDRESS": Limit(30, 60),
    # The JSON API.
    "API_CALLS_PER_MINUTE": Limit(1200, 600),
    "API_CALLS_PER_MINUTE_PER_ADDRESS": Limit(6000, 6000),
}
