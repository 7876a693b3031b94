"""Creates the table of posts from the messages of the site: python -m bench.peers.usual.table"""

import django

django.setup()

from django.db import connection  # noqa: E402

from bench.peers.usual.models import Post  # noqa: E402
from chat.models import Message  # noqa: E402

with connection.schema_editor() as editor:
    editor.create_model(Post)
messages = Message.objects.order_by("pk").values_list("room_id", "author_id", "body")
Post.objects.bulk_create(
    Post(room_id=room, author_id=author, body=body) for room, author, body in messages
)
