"""Demo data for development: users to sign in as, and two days of conversations. Loading it again
changes nothing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from chat.exceptions import ChatError
from chat.models import Membership, Message, Room
from chat.services import editing, memberships, post_batch, posts, rooms
from chatsite.accounts.models import User

PASSWORD = "password123"  # noqa: S105 -- it is printed at every start
PEOPLE = {"pablo": "Pablo", "joe": "Joe", "mary": "Mary", "alex": "Alex"}
ADMIN = "admin"


@dataclass(frozen=True)
class Line:
    """A message of the demo. `ago` is in minutes; `reply_to` is the index of an earlier line of the
    same conversation."""

    ago: int
    author: str
    body: str
    reply_to: int | None = None
    reactions: dict[str, tuple[str, ...]] = field(default_factory=dict)


GENERAL = [
    Line(2890, "mary", "Good morning, and welcome. This is the room that everybody is in."),
    Line(2884, "joe", "Morning! Is there a list of what this thing can do?"),
    Line(
        2879,
        "mary",
        "Sure:\n\n- write **bold**, *italic*, ~~struck out~~ and `code`\n"
        "- reply to a message, edit your own, react to any\n"
        "- mention somebody with an @, and they get a notification\n"
        "- press Enter to send, Shift and Enter for a new line",
        reply_to=1,
        reactions={"👍": ("joe", "alex", "pablo"), "🎉": ("alex",)},
    ),
    Line(
        2871,
        "alex",
        "Code works too:\n\n```python\nfor name in people:\n    print(f'Hi {name}')\n```",
    ),
    Line(2868, "joe", "Nice, and it leaves the spaces alone.", reply_to=3),
    Line(
        1508, "pablo", "Who is coming to the meetup on Thursday? Seven o'clock, same place as ever."
    ),
    Line(1501, "alex", "I am. Shall I bring the projector?", reply_to=5),
    Line(1499, "pablo", "Yes please, @alex. The one there has given up.", reply_to=6),
    Line(1490, "mary", "I'll be late, half past or so.", reactions={"👌": ("pablo",)}),
    Line(1488, "joe", "Me too. Save us some pizza 🍕", reactions={"😄": ("mary", "pablo", "alex")}),
    Line(
        94,
        "alex",
        "The docs I meant yesterday: https://docs.djangoproject.com/en/5.2/topics/async/",
    ),
    Line(88, "mary", "Thank you! Reading it over lunch.", reply_to=10),
    Line(31, "joe", "> The one there has given up.\n\nIt had a good life."),
    Line(12, "pablo", "See you all on Thursday then."),
]

DIRECT = {
    ("pablo", "joe"): [
        Line(1460, "pablo", "Have you got five minutes later? I'd like a second pair of eyes."),
        Line(1455, "joe", "After three I'm all yours."),
        Line(1330, "pablo", "That was quick. You were right about the index."),
        Line(1328, "joe", "It's always the index 🙂", reactions={"😂": ("pablo",)}),
        Line(40, "joe", "Did it survive the night?"),
    ],
    ("mary", "pablo"): [
        Line(1402, "mary", "Could you put me on the list for Thursday, plus one?"),
        Line(1398, "pablo", "Done. Is it your brother again?"),
        Line(1397, "mary", "It is, and he has promised *not* to sing."),
    ],
    ("alex", "mary"): [
        Line(310, "mary", "Do you still have the slides from spring?"),
        Line(304, "alex", "I do. I'll send them tonight."),
        Line(303, "mary", "You're a star ⭐"),
    ],
    ("joe", "alex"): [
        Line(205, "alex", "Projector is packed. Do we need the long cable?"),
        Line(198, "joe", "Bring it, the socket is at the far end."),
    ],
}


@transaction.atomic
def load(now: datetime | None = None) -> None:
    now = now or timezone.now()
    people = create_people()
    general = create_general(people)
    write_conversation(general, GENERAL, people, now)
    for names, lines in DIRECT.items():
        room = rooms.direct(people[names[0]], [people[names[1]].pk])
        write_conversation(room, lines, people, now)


def create_people() -> dict[str, User]:
    # One hash for all, because bcrypt is slow.
    defaults = {"password": make_password(PASSWORD), "is_demo": True}
    superuser = {**defaults, "name": "Admin", "is_staff": True, "is_superuser": True}
    User.objects.get_or_create(username=ADMIN, defaults=superuser)
    for username, name in PEOPLE.items():
        User.objects.get_or_create(username=username, defaults={**defaults, "name": name})
    return {user.username: user for user in User.objects.filter(username__in=[ADMIN, *PEOPLE])}


def create_general(people: dict[str, User]) -> Room:
    room = Room.objects.filter(kind=Room.Kind.PUBLIC, name__iexact="General").first()
    room = room or rooms.create(people[ADMIN], "General")
    Room.objects.filter(pk=room.pk).update(is_default=True, topic="News for everybody")
    for person in people.values():
        memberships.join(person, room.pk)
    return room


def write_conversation(
    room: Room, lines: list[Line], people: dict[str, User], now: datetime
) -> None:
    written: list[Message] = []
    for number, line in enumerate(lines):
        author = people[line.author]
        reply_to = None if line.reply_to is None else written[line.reply_to].pk
        client_id = uuid5(NAMESPACE_URL, f"chatsite:demo:{room.pk}:{number}")
        post = posts.Post(author, room.pk, client_id, line.body, reply_to)
        (result,) = post_batch.write([post], now - timedelta(minutes=line.ago))
        if isinstance(result, ChatError):
            raise result
        written.append(result.message)
        if result.created:
            add_reactions(result.message, line, people)
            mark_read(room)


def add_reactions(message: Message, line: Line, people: dict[str, User]) -> None:
    for emoji, names in line.reactions.items():
        for name in names:
            editing.react(people[name], message.pk, emoji, on=True)


def mark_read(room: Room) -> None:
    """Marks the room as read up to each member's own last message, so that later ones are unread.
    Members without a message have read everything."""
    for membership in Membership.objects.filter(room=room).select_related("user", "room"):
        own = Message.objects.filter(room=room, author=membership.user)
        last = own.aggregate(last=Max("seq"))["last"]
        memberships.mark_read(membership.user, room.pk, last or membership.room.head)
