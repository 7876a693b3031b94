"""Exports a room's history to a file. The worker writes it while the page shows the progress."""

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import IO

import orjson
from django.core.files import File
from django.utils import timezone

from chat.models import Message, Room
from chat.protocol import server_frames
from chat.services import history, task_quota
from chat.storage import private_storage
from tasks import QueueTaskResult, task
from tasks.api import TaskResultDoesNotExist
from tasks.results import get

QUEUE = "exports"
FOLDER = "exports"  # in the private storage
MESSAGES_PER_QUERY = 500
RETENTION_DAYS = 1
UNFINISHED_MAX = 3  # of one user
FILES_MAX = 5  # of one user; older files are deleted


def start(user, room: Room, title: str) -> QueueTaskResult:
    """Queues an export. `title` is the room's name as `user` sees it. Raises RateLimited, and
    tasks.exceptions.QueueUnavailable."""
    return task_quota.enqueue(export_room, user, UNFINISHED_MAX, room.pk, title)


def find(user, room: Room, task_id: str) -> QueueTaskResult:
    """Returns an export of this room that `user` started. Raises TaskResultDoesNotExist if there is
    none, or if its result has expired."""
    result = get(task_id)
    if result.task != export_room or result.owner != str(user.pk) or result.args[:1] != [room.pk]:
        raise TaskResultDoesNotExist(task_id)
    return result


@task(queue_name=QUEUE, takes_context=True)
def export_room(context, room_id: int, title: str) -> int:
    """Writes the file and returns the number of messages.

    The file is at `path_of` the result in the private storage. It is one JSON object, with messages
    as the API has them, oldest first: {"room": {"id", "name"}, "messages": [...]}.
    """
    room = Room.objects.get(pk=room_id)
    total = Message.objects.filter(room=room, seq__lte=room.head).count()
    with tempfile.TemporaryFile() as file:
        head = orjson.dumps({"id": room.pk, "name": title})
        file.write(b'{"room":' + head + b',"messages":[')
        done = 0
        for chunk in chunks(room):
            write_chunk(file, chunk, first=done == 0)
            done += len(chunk)
            context.progress(done, max(done, total), f"{done:,} messages written")
        file.write(b"\n]}\n")
        file.seek(0)
        path = path_of(context.task_result)
        private_storage().delete(path)  # the file of an interrupted attempt
        private_storage().save(path, File(file))
        remove_surplus(context.task_result.owner)
    return done


def chunks(room: Room) -> Iterator[list[Message]]:
    """Yields all messages up to the room's head, MESSAGES_PER_QUERY at a time."""
    seq = 0
    while True:
        page = history.with_authors(room).filter(seq__gt=seq, seq__lte=room.head).order_by("seq")
        chunk = history.fetch(page[:MESSAGES_PER_QUERY])
        if not chunk:
            return
        yield chunk
        seq = chunk[-1].seq


def write_chunk(file: IO[bytes], chunk: list[Message], first: bool) -> None:
    lines = b",\n".join(orjson.dumps(server_frames.message_data(message)) for message in chunk)
    file.write((b"\n" if first else b",\n") + lines)


def path_of(result: QueueTaskResult) -> str:
    return f"{folder_of(result.owner)}/{result.id}.json"


def folder_of(owner: str) -> str:
    """Returns the folder of a user, whose id may not be fit for the name of one."""
    return f"{FOLDER}/{hashlib.sha256(owner.encode()).hexdigest()[:32]}"


def remove_surplus(owner: str) -> None:
    paths = sorted(files(folder_of(owner)), key=private_storage().get_modified_time)
    for path in paths[:-FILES_MAX]:
        private_storage().delete(path)


def remove_expired(now: datetime | None = None) -> None:
    """Deletes the files of exports whose tasks ended RETENTION_DAYS ago: nobody can reach them any
    more."""
    before = (now or timezone.now()) - timedelta(days=RETENTION_DAYS)
    if not private_storage().exists(FOLDER):
        return
    owners, _ = private_storage().listdir(FOLDER)
    for path in (path for owner in owners for path in files(f"{FOLDER}/{owner}")):
        if private_storage().get_modified_time(path) < before:
            private_storage().delete(path)


def files(folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in private_storage().listdir(folder)[1]]
