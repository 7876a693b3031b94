"""The development run's SECRET_KEY: made once, so that restarts sign nobody out."""

import secrets
from pathlib import Path

from chatsite.ops import private_files


def load_or_create(folder: Path) -> str:
    path = private_files.secure_file(folder / "secret_key", "VAR_DIR")
    with private_files.setting_errors(path, "VAR_DIR"):
        if not path.read_text().strip():
            path.write_text(secrets.token_urlsafe(50))
        return path.read_text()
