from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Membership
from chat.services import post_batch, posting
from tests.chat.factories import post_of


def fill(room, names: list[str]) -> None:
    model = get_user_model()
    users = model.objects.bulk_create([model(username=name) for name in names])
    Membership.objects.bulk_create([Membership(room=room, user=user) for user in users])


def statements_of(verb, *args) -> int:
    with CaptureQueriesContext(connection) as queries:
        verb(*args)
    return len(queries)


def test_a_post_costs_the_same_whatever_the_number_of_members(alice, general):
    fill(general, ["guest1", "guest2", "guest3"])
    few = statements_of(posting.post, alice, general.pk, uuid4(), "Hello @bob")
    fill(general, [f"member{n}" for n in range(495)])
    assert statements_of(posting.post, alice, general.pk, uuid4(), "Hello @bob") == few


@pytest.mark.parametrize("body", ["Hello", "Hello @bob"])
def test_a_batch_of_fifty_costs_what_a_batch_of_two_costs(alice, bob, general, body):
    two, fifty = (
        statements_of(
            post_batch.write, [post_of((alice, bob)[n % 2], general, body) for n in range(size)]
        )
        for size in (2, 50)
    )
    assert two == fifty
