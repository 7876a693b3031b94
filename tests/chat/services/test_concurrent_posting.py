from functools import partial
from uuid import uuid4

import pytest

from chat.models import Message
from chat.services import editing, posting
from tests.chat.concurrency import run_concurrently
from tests.chat.factories import head, post_message

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 50


def test_fifty_concurrent_attempts_of_a_post_are_one_message(alice, general):
    post = partial(posting.post, alice, general.pk, uuid4(), "Hello")
    answers = run_concurrently([post] * THREADS)
    assert {answer.message.pk for answer in answers} == {Message.objects.get().pk}
    assert sum(answer.created for answer in answers) == 1
    assert head(general) == 1


def test_concurrent_attempts_in_two_rooms_are_one_message(alice, general, den):
    client_id = uuid4()
    answers = run_concurrently(
        [partial(posting.post, alice, room.pk, client_id, "Hello") for room in (general, den)] * 10
    )
    assert {answer.message.pk for answer in answers} == {Message.objects.get().pk}
    assert head(general) + head(den) == 1


def test_concurrent_changes_leave_no_gap_in_the_numbers(alice, bob, general):
    first = post_message(alice, general)
    calls = [partial(post_message, user, general) for user in (alice, bob) for _ in range(10)]
    calls += [partial(editing.edit, alice, first.pk, f"Hello {n}") for n in range(5)]
    calls += [partial(editing.react, bob, first.pk, emoji, True) for emoji in "👍🎉🙂"]
    calls += [partial(editing.delete, bob, post_message(bob, general).pk)]
    before = head(general)
    run_concurrently(calls)
    assert head(general) == before + len(calls)
    seqs = set(Message.objects.filter(seq__gt=before).values_list("seq", flat=True))
    versions = set(Message.objects.values_list("version", flat=True))
    assert len(seqs) == 20
    assert seqs <= versions
    assert max(versions) == head(general)
