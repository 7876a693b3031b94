"""The development run's SECRET_KEY: made once, so that restarts sign nobody out."""

import secrets
from pathlib import Path


def stored(folder: Path) -> str:
    path = folder / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()
