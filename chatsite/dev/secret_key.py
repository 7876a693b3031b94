"""The development run's SECRET_KEY: made once, so that restarts sign nobody out."""

import secrets
from pathlib import Path

from chatsite.ops import private_files


def stored(folder: Path) -> str:
    path = private_files.file(folder / "secret_key", "VAR_DIR")
    with private_files.named(path, "VAR_DIR"):
        if not path.read_text().strip():
            path.write_text(secrets.token_urlsafe(50))
        return path.read_text()
