import os
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

from chat import bundles


class BundleFinder(BaseFinder):
    """Finds the bundles, which it builds in a folder of this process from the files of this moment.

    STATICFILES_FINDERS = [..., "chat.finders.BundleFinder"]
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.folder = TemporaryDirectory(prefix="chat-bundles-")
        self.storage = FileSystemStorage(self.folder.name)

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        if path not in bundles.BUILDERS:
            return []
        self.write(path)
        found = self.storage.path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns):
        for path in bundles.BUILDERS:
            self.write(path)
            yield path, self.storage

    def write(self, path: str) -> None:
        """Writes the file, unless it is there already: browsers cache it by its time."""
        file, content = Path(self.storage.path(path)), bundles.build(path).encode()
        if file.exists() and file.read_bytes() == content:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder.name, delete=False) as whole:
            whole.write(content)
        os.replace(whole.name, file)  # in one step: other requests read it at the same time
