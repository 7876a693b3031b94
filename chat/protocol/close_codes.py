"""Why a WebSocket is closed, as protocol.md lists it."""

RESTART = 1012
TRY_AGAIN_LATER = 1013
SIGNED_OUT = 4401
BANNED = 4403  # a browser does not come back
TOO_SLOW = 4408
