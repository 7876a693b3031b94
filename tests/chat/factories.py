from uuid import UUID, uuid4

from chat.models import Message, Room
from chat.services import posting
from chat.services.posts import Post


def post_message(user, room: Room, body: str = "Hello", reply_to: Message | None = None) -> Message:
    answered = reply_to.pk if reply_to else None
    return posting.post(user, room.pk, uuid4(), body, answered).message


def post_of(user, room: Room, body: str = "Hello", client_id: UUID | None = None) -> Post:
    return Post(user, room.pk, client_id or uuid4(), body)


def head(room: Room) -> int:
    return Room.objects.get(pk=room.pk).head
