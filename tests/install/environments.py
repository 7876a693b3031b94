"""Virtual environments with nothing but what a README names, kept in .venv from run to run."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".venv" / "environments"
PYTHONS = ("python3.12", "python3.13", "python3.14")  # Django 6 needs one of these
INSTALL_SECONDS = 600
LINE = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", re.MULTILINE)
CHOSEN_HERE = ("django", "django-tasks")  # not by the versions of the site


def python_for(django: str) -> str | None:
    """Returns a Python that runs this version of Django, or None if the machine has none."""
    if django == "5.2":
        return sys.executable
    installed = sorted(Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python"))
    candidates = [*filter(None, map(shutil.which, PYTHONS)), *map(str, installed)]
    return next(filter(runs, candidates), None)


def runs(python: str) -> bool:
    check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"
    return subprocess.run([python, "-c", check], capture_output=True).returncode == 0


def environment(django: str, packages: list[str]) -> Path:
    """Returns the Python of an environment with these packages and this version of Django."""
    base = python_for(django)
    assert base, f"Django {django} needs Python 3.12 or newer, and none was found."
    wanted = [f"django=={django}.*" if django == "5.2" else f"django>={django}", *packages]
    name = hashlib.sha256("\n".join([base, *wanted, constraints()]).encode()).hexdigest()[:12]
    python = FOLDER / name / "bin" / "python"
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / f"{name}.lock").open("w") as lock:  # the processes of the tests share it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (FOLDER / name / "complete").exists():
            shutil.rmtree(FOLDER / name, ignore_errors=True)
            subprocess.run([base, "-m", "venv", FOLDER / name], check=True)
            pip_install(python, wanted)
            (FOLDER / name / "complete").touch()
    return python


def pip_install(python: Path, arguments: list[str]) -> None:
    pins = FOLDER / f"constraints-{os.getpid()}.txt"
    pins.write_text(constraints())
    command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", pins]
    result = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=INSTALL_SECONDS
    )
    pins.unlink()
    assert result.returncode == 0, result.stderr


@cache
def constraints() -> str:
    """Returns the versions of the site, so that a new release of a package breaks no test."""
    lines = LINE.findall((ROOT / "requirements-dev.txt").read_text())
    return "".join(f"{name}=={pin}\n" for name, pin in lines if name not in CHOSEN_HERE)


def packages_of(app: str, django: str) -> list[str]:
    """Returns the packages that the README of an app installs with pip."""
    text = (ROOT / app / "README.md").read_text()
    found = re.search(r"pip install ([^`\n]+)", text)
    assert found, f"{app}/README.md installs nothing."
    names = [name.strip('"') for name in found[1].split() if name != "django"]
    needs_backport = django == "5.2" and app != "presence"
    return [*names, "django-tasks"] if needs_backport else names
