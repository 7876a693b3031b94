"""`@username` appears next to a display name that says something else."""

import pytest

from chat.rendering import message_html
from chat.services import rooms
from tests.chat.factories import post_message

pytestmark = pytest.mark.django_db(transaction=True)
HANDLE = '<span class="handle">@alice</span>'


@pytest.fixture
def ana(alice):
    alice.name = "Ana Lima"
    alice.save()
    return alice


def test_in_a_row(ana, general):
    html = message_html.row(post_message(ana, general, "Hello"))
    assert f'<bdi class="author">Ana Lima</bdi> {HANDLE}' in html


@pytest.mark.parametrize("name", ["alice", "Alice", "ALICE"])
def test_not_where_the_name_says_the_same(alice, general, name):
    alice.name = name
    alice.save()
    assert "handle" not in message_html.row(post_message(alice, general, "Hello"))


def test_at_the_head_of_a_conversation(client, ana, bob, charlie):
    client.force_login(bob)
    for others in ([ana.pk], [ana.pk, charlie.pk]):
        room = rooms.direct(bob, others)
        assert '<p class="muted small topic">@alice</p>' in client.get(f"/rooms/{room.pk}/").text
    room = rooms.direct(bob, [charlie.pk])
    assert "@charlie" not in client.get(f"/rooms/{room.pk}/").text


def test_for_the_list_of_who_is_here(client, ana, bob):
    client.force_login(bob)
    rooms.direct(bob, [ana.pk])
    assert 'data-name="Ana Lima" data-handle="@alice"' in client.get("/").text


def test_in_ones_own_pending_row(client, ana, general):
    client.force_login(ana)
    template = client.get(f"/rooms/{general.pk}/").text.partition('id="pending-message"')[2]
    assert HANDLE in template


@pytest.mark.parametrize(
    "path", ["jump/?q=ana", "people/?q=ana", "rooms/{}/names/?q=ana", "online/"]
)
def test_where_people_are_looked_for(client, ana, bob, general, path):
    client.force_login(ana)
    client.get("/")
    client.force_login(bob)
    assert "@alice" in client.get(f"/{path.format(general.pk)}").text
