"""`@username` appears next to a display name that differs from it."""

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


def test_a_message_row_has_the_handle(ana, general):
    html = message_html.row(post_message(ana, general, "Hello"))
    assert f'<bdi class="author">Ana Lima</bdi> {HANDLE}' in html


@pytest.mark.parametrize("name", ["alice", "Alice", "ALICE"])
def test_a_name_equal_to_the_username_has_no_handle(alice, general, name):
    alice.name = name
    alice.save()
    assert "handle" not in message_html.row(post_message(alice, general, "Hello"))


def test_the_header_of_a_direct_conversation_has_the_handle(client, ana, bob, charlie):
    client.force_login(bob)
    for others in ([ana.pk], [ana.pk, charlie.pk]):
        room = rooms.direct(bob, others)
        assert '<p class="muted small topic">@alice</p>' in client.get(f"/rooms/{room.pk}/").text
    room = rooms.direct(bob, [charlie.pk])
    assert "@charlie" not in client.get(f"/rooms/{room.pk}/").text


def test_the_data_for_the_online_list_has_the_handle(client, ana, bob):
    client.force_login(bob)
    rooms.direct(bob, [ana.pk])
    assert 'data-name="Ana Lima" data-handle="@alice"' in client.get("/").text


def test_the_template_for_pending_messages_has_the_handle(client, ana, general):
    client.force_login(ana)
    template = client.get(f"/rooms/{general.pk}/").text.partition('id="pending-message"')[2]
    assert HANDLE in template


@pytest.mark.parametrize(
    "path", ["jump/?q=ana", "people/?q=ana", "rooms/{}/names/?q=ana", "online/"]
)
def test_searches_and_lists_of_people_have_the_handle(client, ana, bob, general, path):
    client.force_login(ana)
    client.get("/")
    client.force_login(bob)
    assert "@alice" in client.get(f"/{path.format(general.pk)}").text
