"""The SECRET_KEY of the development run. It is created once, so that a restart does not sign out
anybody."""

import secrets
from pathlib import Path

from chatsite.ops import private_files


def load_or_create(folder: Path) -> str:
    path = private_files.secure_file(folder / "secret_key", "VAR_DIR")
    with private_files.setting_errors(path, "VAR_DIR"):
        if not path.read_text().strip():
            path.write_text(secrets.token_urlsafe(50))
        return path.read_text()
