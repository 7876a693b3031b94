"""A room's history as a file, made by the worker while the page shows how far it is."""

import tempfile
from collections.abc import Iterator
from typing import IO, cast

import orjson
from django.core.files import File
from django.core.files.storage import default_storage

from chat import history, messages
from chat.models import Message, Room
from tasks.api import TaskResultDoesNotExist, task
from tasks.results import QueueTaskResult, get

QUEUE = "exports"
FOLDER = "exports"  # in the default storage
MESSAGES_PER_QUERY = 500
KEPT_DAYS = 1


def start(user, room: Room, title: str) -> QueueTaskResult:
    """Raises tasks.exceptions.QueueUnavailable. `title`: the room's name as `user` sees it."""
    owned = export_room.using(owner=str(user.pk))  # type: ignore[call-arg]
    return cast(QueueTaskResult, owned.enqueue(room.pk, title))


def find(user, room: Room, task_id: str) -> QueueTaskResult:
    """An export that `user` started. Raises TaskResultDoesNotExist for any other, and when the
    result's time is over."""
    result = get(task_id)
    if result.task != export_room or result.owner != str(user.pk) or result.args[:1] != [room.pk]:
        raise TaskResultDoesNotExist(task_id)
    return result


@task(queue_name=QUEUE, takes_context=True)
def export_room(context, room_id: int, title: str) -> int:
    """Answers how many messages. The file, at `path_of` the task's id in the default storage, is
    one JSON object: {"room": {"id", "name"}, "messages": [...]}, messages as the API has them,
    oldest first."""
    room = Room.objects.get(pk=room_id)
    total = Message.objects.filter(room=room, seq__lte=room.head).count()
    with tempfile.TemporaryFile() as file:
        head = orjson.dumps({"id": room.pk, "name": title})
        file.write(b'{"room":' + head + b',"messages":[')
        done = 0
        for chunk in chunks(room):
            write(file, chunk, first=done == 0)
            done += len(chunk)
            context.progress(done, max(done, total), f"{done:,} messages written")
        file.write(b"\n]}\n")
        file.seek(0)
        path = path_of(context.task_result.id)
        default_storage.delete(path)  # of an attempt that was cut short
        default_storage.save(path, File(file))
    return done


def chunks(room: Room) -> Iterator[list[Message]]:
    """Everything up to the head of the moment, in pages: never all in memory."""
    seq = 0
    while True:
        page = history.loaded(room).filter(seq__gt=seq, seq__lte=room.head).order_by("seq")
        chunk = list(page[:MESSAGES_PER_QUERY])
        if not chunk:
            return
        yield chunk
        seq = chunk[-1].seq


def write(file: IO[bytes], chunk: list[Message], first: bool) -> None:
    lines = b",\n".join(orjson.dumps(messages.data(message)) for message in chunk)
    file.write((b"\n" if first else b",\n") + lines)


def path_of(task_id: str) -> str:
    return f"{FOLDER}/{task_id}.json"
