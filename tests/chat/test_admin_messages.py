import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from chat.live.db_threads import run
from chat.models import Message
from tests.chat.admin_pages import change_url, list_url, run_action, text
from tests.chat.factories import head, post_message
from tests.chat.rendering.parsing import Parsed


def test_the_list_shows_message_bodies_as_text(admin, alice, bob, general):
    post_message(alice, general, "Hello *you*")
    post_message(bob, general, "<b>bold</b>")
    found = text(admin.get(list_url("message")))
    assert all(body in found for body in ("Hello you", "<b>bold</b>"))
    assert not Parsed(admin.get(list_url("message")).content.decode()).named("b")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "HELLO"}, {"Hello"}),
        ({"q": "bob"}, {"Bye", "Gone"}),
        ({"deleted__exact": "1"}, {"Message deleted"}),
        ({"room__kind__exact": "private"}, set()),
        ({"q": "Secret"}, set()),
    ],
)
def test_the_search_finds_messages(admin, alice, bob, general, den, query, found):
    post_message(alice, general, "Hello")
    post_message(bob, general, "Bye")
    gone = post_message(bob, general, "Gone")
    post_message(alice, den, "Secret")
    if "deleted__exact" in query:
        run_action(admin, "message", "moderate", [gone])
    rows = text(admin.get(list_url("message"), query)).split("Select all")[-1]
    everything = {"Hello", "Bye", "Gone", "Secret", "Message deleted"}
    assert {body for body in everything if body in rows} == found


def test_messages_are_read_only_in_the_admin(admin, alice, general):
    message = post_message(alice, general, "Hello *you*")
    assert "Hello *you*" in text(admin.get(change_url("message", message)))
    assert admin.post(change_url("message", message), {"body": "Other words"}).status_code == 403
    assert admin.get(reverse("admin:chat_message_add")).status_code == 403
    deletion = reverse("admin:chat_message_delete", args=[message.pk])
    assert admin.post(deletion, {"post": "yes"}).status_code == 403
    run_action(admin, "message", "delete_selected", [message])
    message.refresh_from_db()
    assert (message.body, message.deleted) == ("Hello *you*", False)


async def test_the_admin_deletes_a_message_for_everybody(connect, admin, alice, general):
    """The moderator is not a member of the room."""
    message = await run(post_message, alice, general, "Bad words")
    other = await run(post_message, alice, general)
    socket = await connect(alice)
    await socket.open(general)
    response = await run(run_action, admin, "message", "moderate", [message])
    assert response.status_code == 302
    frame = await socket.next("message")
    assert (frame["id"], frame["version"], frame["deleted"]) == (message.pk, 3, True)
    await run(message.refresh_from_db)
    assert (message.body, message.html, message.seq) == ("", "", 1)
    assert not (await run(Message.objects.get, pk=other.pk)).deleted


def test_a_second_deletion_takes_no_number(admin, alice, general):
    message = post_message(alice, general)
    for _ in range(2):
        run_action(admin, "message", "moderate", [message])
    assert head(general) == 2


def test_the_permission_to_view_does_not_allow_to_delete(client, alice, bob, general):
    message = post_message(bob, general)
    alice.is_staff = True
    alice.save()
    alice.user_permissions.add(Permission.objects.get(codename="view_message"))
    client.force_login(alice)
    assert client.get(list_url("message")).status_code == 200
    run_action(client, "message", "moderate", [message])
    message.refresh_from_db()
    assert not message.deleted
    alice.user_permissions.add(Permission.objects.get(codename="delete_message"))
    run_action(client, "message", "moderate", [message])
    message.refresh_from_db()
    assert message.deleted


def test_messages_are_counted_up_to_a_maximum(admin, alice, general, monkeypatch):
    monkeypatch.setattr("chat.admin.LISTED_MAX", 3)
    for number in range(5):
        post_message(alice, general, f"number {number}")
    page = admin.get(reverse("admin:chat_message_changelist")).content.decode()
    assert "3 messages" in page
    assert page.index("number 4") < page.index("number 3")
