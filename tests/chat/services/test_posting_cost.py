from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Membership
from chat.services import post_batch, posting
from tests.chat.factories import post_of


def add_members(room, names: list[str]) -> None:
    model = get_user_model()
    users = model.objects.bulk_create([model(username=name) for name in names])
    Membership.objects.bulk_create([Membership(room=room, user=user) for user in users])


def count_queries(function, *args) -> int:
    with CaptureQueriesContext(connection) as queries:
        function(*args)
    return len(queries)


def test_a_post_takes_the_same_queries_for_any_number_of_members(alice, general):
    add_members(general, ["guest1", "guest2", "guest3"])
    few = count_queries(posting.post, alice, general.pk, uuid4(), "Hello @bob")
    add_members(general, [f"member{n}" for n in range(495)])
    assert count_queries(posting.post, alice, general.pk, uuid4(), "Hello @bob") == few


@pytest.mark.parametrize("body", ["Hello", "Hello @bob"])
def test_a_batch_of_fifty_takes_as_many_queries_as_a_batch_of_two(alice, bob, general, body):
    two, fifty = (
        count_queries(
            post_batch.write, [post_of((alice, bob)[n % 2], general, body) for n in range(size)]
        )
        for size in (2, 50)
    )
    assert two == fifty
