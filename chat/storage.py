"""The storage of private files, which only views of chat serve: STORAGES["chat"] of the project.

Without that alias it is the folder `chat-files` in the project's BASE_DIR, or where the process
started.
"""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, InvalidStorageError, Storage, storages

ALIAS = "chat"
FOLDER = "chat-files"
FILE_MODE, FOLDER_MODE = 0o600, 0o700


def private_storage() -> Storage:
    try:
        return storages[ALIAS]
    except InvalidStorageError:
        return default_folder(Path(getattr(settings, "BASE_DIR", "")).resolve() / FOLDER)


@cache
def default_folder(location: Path) -> Storage:
    return FileSystemStorage(
        location, file_permissions_mode=FILE_MODE, directory_permissions_mode=FOLDER_MODE
    )
