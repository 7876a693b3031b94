"""The close codes of protocol.md: why a WebSocket is closed."""

NORMAL = 1000
RESTART = 1012
TRY_AGAIN_LATER = 1013
SIGNED_OUT = 4401
BANNED = 4403  # the browser does not reconnect
TOO_SLOW = 4408
