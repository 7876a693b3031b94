"""Writes other projects that use the app, and runs commands in them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tasks.api import PACKAGE
from tests.tasks.processes import ROOT

CODE = ROOT / "tasks"


class Project:
    """A project in a folder. In its files FOLDER is the name of the copy of our app, REDIS the URL,
    and *BACKPORT, the app django_tasks if it is needed."""

    def __init__(self, folder: Path, files: dict[str, str], name: str = "tasks") -> None:
        self.folder = folder
        backport = f'"{PACKAGE}",' if PACKAGE == "django_tasks" else ""
        for path, text in files.items():
            text = re.sub("^        ", "", text, flags=re.MULTILINE)
            text = text.replace("FOLDER", name).replace("REDIS", settings.REDIS_URL)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text.replace("*BACKPORT,", backport))
        copy = folder / name.replace(".", "/")
        shutil.copytree(CODE, copy, ignore=shutil.ignore_patterns("__pycache__"))

    def django(self, *arguments: str) -> str:
        return self.run("-m", "django", *arguments)

    def script(self, text: str) -> None:
        self.run("-c", f"import django; django.setup()\n{text}")

    def run(self, *arguments: str) -> str:
        env = {"PATH": os.defpath, "DJANGO_SETTINGS_MODULE": "project.settings"}
        process = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=env, capture_output=True, text=True
        )
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout
