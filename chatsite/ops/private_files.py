"""Creates folders and files that only the site's own user may read. Every path comes from a
setting. A path that cannot be used raises ImproperlyConfigured, with the name of the setting and
the reason."""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

SQLITE_HEADER = b"SQLite format 3\0"  # the first bytes of its files; an empty file is one too
OTHERS_MODE = stat.S_IRWXG | stat.S_IRWXO


def secure_folder(path: Path, setting: str, public: Iterable[Path] = ()) -> Path:
    """Creates the folder with mode 0700, or removes the access of others. A folder that somebody
    else owns stays as it is. Others may enter the folder if one of the `public` paths is in it."""
    with setting_errors(path, setting):
        is_public = any(real_path(each).is_relative_to(real_path(path)) for each in public)
        if not os.path.isdir(path):
            path.mkdir(parents=True, mode=0o755 if is_public else 0o700)
        if not is_public:
            close_to_others(path)
        refuse_unwritable(path, os.W_OK | os.X_OK)
    return path


def secure_file(path: Path, setting: str) -> Path:
    """Creates an empty file with mode 0600, or removes the access of others."""
    with setting_errors(path, setting):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError("it is not a file")
        close_to_others(path)
        refuse_unwritable(path, os.W_OK)
    return path


def secure_database(path: Path, setting: str) -> Path:
    """Secures an SQLite file like `secure_file`. Refuses a file of another kind."""
    secure_file(path, setting)
    with setting_errors(path, setting), path.open("rb") as opened:
        if opened.read(len(SQLITE_HEADER)) not in (b"", SQLITE_HEADER):
            raise OSError("it is not an SQLite database")
    return path


def real_path(path: Path) -> Path:
    """Returns the path without links. Unlike `Path.resolve`, does not raise for an impossible
    path."""
    return Path(os.path.realpath(path))


def close_to_others(path: Path) -> None:
    status = path.stat()
    is_shared = status.st_mode & stat.S_ISVTX  # as /tmp is
    if status.st_uid == os.geteuid() and status.st_mode & OTHERS_MODE and not is_shared:
        path.chmod(stat.S_IMODE(status.st_mode) & ~OTHERS_MODE)


def refuse_unwritable(path: Path, mode: int) -> None:
    if not os.access(path, mode):
        raise PermissionError("this user cannot write to it")


@contextlib.contextmanager
def setting_errors(path: Path, setting: str) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        is_dangling = os.path.islink(path) and not os.path.exists(path)
        reason = "it is a link to nothing" if is_dangling else reason_of(error)
        raise ImproperlyConfigured(
            f"{setting}: {path} cannot be used, because of this: {reason}."
            f" Set {setting} to a path that the user of the site can write to."
        ) from error


def reason_of(error: OSError | UnicodeDecodeError) -> object:
    if isinstance(error, UnicodeDecodeError):
        return "it is not a text"
    return error.strerror or error
