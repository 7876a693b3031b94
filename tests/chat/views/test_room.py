import uuid
from datetime import timedelta
from http import HTTPStatus

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.models import Membership, Message, Room
from chat.services import drafts, editing, memberships, post_batch, posting, posts, rooms
from chat.services.drafts import Draft

PAGE_QUERIES_MAX = 8


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def post_message(user, room, text, minutes_ago=0):
    now = timezone.now() - timedelta(minutes=minutes_ago)
    return post_batch.write([posts.Post(user, room.pk, uuid.uuid4(), text)], now=now)[0].message


def page(client, room, query=""):
    response = client.get(f"/rooms/{room.pk}/{query}")
    assert response.status_code == HTTPStatus.OK
    return response.content.decode()


def test_a_room_shows_its_messages_oldest_first(as_alice, bob, general):
    for text in ("first", "second"):
        post_message(bob, general, text)
    html = page(as_alice, general)
    assert html.index("<p>first</p>") < html.index("<p>second</p>")


def test_an_anonymous_user_is_sent_to_the_sign_in_page(client, general):
    response = client.get(f"/rooms/{general.pk}/")
    assert response.url == f"/accounts/login/?next=/rooms/{general.pk}/"


def test_a_private_room_returns_404_for_others(client, alice, bob):
    board = rooms.create(alice, "Board", private=True)
    client.force_login(bob)
    for path in ("", "members/"):
        answer = client.get(f"/rooms/{board.pk}/{path}")
        assert answer.status_code == HTTPStatus.NOT_FOUND
        assert "Board" not in answer.content.decode()


@pytest.mark.parametrize("room_id", [0, 999_999, 10**30])
def test_a_missing_room_returns_404(as_alice, room_id):
    assert as_alice.get(f"/rooms/{room_id}/").status_code == HTTPStatus.NOT_FOUND


def test_a_visitor_reads_a_public_room(client, charlie, bob, general):
    post_message(bob, general, "open words")
    client.force_login(charlie)
    html = page(client, general)
    assert "open words" in html
    assert "Join this room" in html
    assert 'id="composer"' not in html


def test_opening_a_room_marks_it_as_read(as_alice, alice, bob, general):
    last = post_message(bob, general, "news")
    page(as_alice, general)
    assert Membership.objects.get(room=general, user=alice).last_read_seq == last.seq


def test_a_page_that_returns_to_a_place_further_up_reports_what_is_read(
    as_alice, alice, bob, general
):
    last = post_message(bob, general, "news")
    membership = Membership.objects.filter(room=general, user=alice)
    as_alice.cookies["scrolled_up"] = "1"
    page(as_alice, general)
    assert membership.get().last_read_seq == 0
    del as_alice.cookies["scrolled_up"]
    page(as_alice, general)
    assert membership.get().last_read_seq == last.seq


def test_many_unread_messages_have_a_link_to_the_first(as_alice, alice, bob, general):
    seen = [post_message(bob, general, f"note {number}") for number in range(60)]
    memberships.mark_read(alice, general.pk, seen[4].seq)
    assert f'href="/rooms/{general.pk}/?new={seen[4].seq}#unread"' in page(as_alice, general)
    html = page(as_alice, general, f"?new={seen[4].seq}")
    assert html.index('id="unread"') < html.index("<p>note 5</p>")
    assert html.index('id="unread"') > html.index("<p>note 4</p>")


def test_few_unread_messages_have_no_link_to_the_first(as_alice, bob, general):
    for number in range(50):
        post_message(bob, general, f"note {number}")
    html = page(as_alice, general)
    assert "First new message" not in html
    assert html.index('id="unread"') < html.index("<p>note 0</p>")


def test_a_visitor_has_no_unread_messages(client, charlie, bob, general):
    for number in range(60):
        post_message(bob, general, f"note {number}")
    client.force_login(charlie)
    html = page(client, general, "?new=3")
    assert 'id="unread"' not in html
    assert "First new message" not in html


def test_a_page_for_the_script_changes_nothing(as_alice, alice, bob, general):
    """It may never be shown, for example because another link was clicked meanwhile."""
    den = invited_to_den(alice, bob)
    post_message(bob, den, "news")
    response = as_alice.get(f"/rooms/{den.pk}/", headers={"Chat-Screen": "1"})
    assert 'data-read="0"' in response.text
    membership = Membership.objects.get(room=den, user=alice)
    assert (membership.last_read_seq, membership.added_by) == (0, bob)
    assert "last_room" not in as_alice.session


def test_a_page_for_the_script_has_no_sidebar(as_alice, bob, general):
    post_message(bob, general, "news")
    for path in (f"/rooms/{general.pk}/", "/"):
        response = as_alice.get(path, headers={"Chat-Screen": "1"})
        assert "Chat-Screen" in response["Vary"]
        assert 'id="main"' in response.text
        assert 'id="lists"' not in response.text
        assert 'id="lists"' in as_alice.get(path).text


def test_the_script_reports_that_a_room_is_shown(as_alice, alice, bob):
    den = invited_to_den(alice, bob)
    assert as_alice.post(f"/rooms/{den.pk}/opened/").status_code == 204
    assert Membership.objects.get(room=den, user=alice).added_by is None
    assert as_alice.session["last_room"] == den.pk
    assert as_alice.post(f"/rooms/{den.pk}/opened/").status_code == 204


def test_to_report_a_room_that_is_not_new_needs_no_write(as_alice, general):
    as_alice.post(f"/rooms/{general.pk}/opened/")
    with CaptureQueriesContext(connection) as queries:
        as_alice.post(f"/rooms/{general.pk}/opened/")
    assert not [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]


def test_only_a_room_that_one_may_see_can_be_reported(client, as_alice, alice, bob, charlie):
    den = invited_to_den(alice, bob)
    for room_id in (2**63, 2**70, 999_999, "x", -1):
        assert as_alice.post(f"/rooms/{room_id}/opened/").status_code == 404
    assert as_alice.get(f"/rooms/{den.pk}/opened/").status_code == 405
    assert "last_room" not in as_alice.session
    client.force_login(charlie)
    assert client.post(f"/rooms/{den.pk}/opened/").status_code == 404
    client.logout()
    assert client.post(f"/rooms/{den.pk}/opened/").status_code == 302
    assert Membership.objects.get(room=den, user=alice).added_by == bob


def invited_to_den(user, owner):
    den = rooms.create(owner, "Den", private=True)
    memberships.invite(owner, den.pk, user.username)
    return den


def test_opening_old_messages_marks_nothing_as_read(as_alice, alice, bob, general):
    seen = [post_message(bob, general, f"note {number}") for number in range(60)]
    page(as_alice, general, f"?at={seen[2].seq}")
    page(as_alice, general, f"?before={seen[20].seq}")
    assert Membership.objects.get(room=general, user=alice).last_read_seq == 0


def test_the_last_room_is_remembered_in_the_session(as_alice, alice, general):
    garden = rooms.create(alice, "Garden")
    page(as_alice, general)
    page(as_alice, garden)
    assert as_alice.session["last_room"] == garden.pk
    assert "Back to #Garden" in as_alice.get("/").content.decode()


def test_a_link_to_a_message_shows_it_with_its_neighbours(as_alice, bob, general):
    seen = [post_message(bob, general, f"note {number}") for number in range(120)]
    html = page(as_alice, general, f"?at={seen[60].seq}")
    assert f'<article autofocus class="message target grouped" id="m{seen[60].pk}"' in html
    assert "note 40" in html
    assert "Earlier messages" in html
    assert "Later messages" in html
    assert "data-newer" in html


def test_older_messages_have_a_page_of_their_own(as_alice, bob, general):
    seen = [post_message(bob, general, f"note {number}") for number in range(70)]
    html = page(as_alice, general, f"?before={seen[20].seq}")
    assert "note 19<" in html
    assert "note 20<" not in html
    assert "This is the beginning of the room" in html


def test_htmx_gets_only_the_messages(as_alice, bob, general):
    seen = [post_message(bob, general, f"note {number}") for number in range(120)]
    address = f"/rooms/{general.pk}/?before={seen[100].seq}"
    html = as_alice.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert html.count("<article") == 50
    assert f'hx-get="/rooms/{general.pk}/?before={seen[50].seq}"' in html
    assert f'data-head="{seen[-1].seq}"' in html
    address = f"/rooms/{general.pk}/?after={seen[100].seq}"
    html = as_alice.get(address, headers={"HX-Request": "true"}).content.decode()
    assert html.count("<article") == 19
    assert "hx-get" not in html


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "9" * 40, "٣", ""])
def test_an_invalid_number_in_the_address_is_ignored(as_alice, bob, general, number):
    post_message(bob, general, "still here")
    for name in ("at", "before", "after"):
        assert "still here" in page(as_alice, general, f"?{name}={number}")


def test_a_draft_is_in_the_composer(as_alice, alice, general):
    drafts.save(alice, general.pk, Draft("half </textarea> a thought"))
    assert "half &lt;/textarea&gt; a thought</textarea>" in page(as_alice, general)


def test_get_requests_change_nothing(as_alice, general):
    assert as_alice.post(f"/rooms/{general.pk}/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    for path in ("messages/", "draft/", "join/", "name/", "members/1/remove/"):
        answer = as_alice.get(f"/rooms/{general.pk}/{path}")
        assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED, path


def test_a_page_takes_the_same_queries_in_a_small_and_a_large_site(as_alice, alice, bob, general):
    rooms.direct(alice, [bob.pk])
    garden = rooms.create(alice, "Garden")
    small = queries_of_visits(as_alice, general, garden, bob)
    grow(alice, bob, general)
    large = queries_of_visits(as_alice, general, garden, bob)
    assert large == small
    assert max(large) <= PAGE_QUERIES_MAX


def queries_of_visits(client, room, other, author):
    """Returns the query counts of a visit to unread messages, and of a second visit."""
    post_message(author, room, "news")
    page(client, other)
    return [queries_of_a_visit(client, room), queries_of_a_visit(client, room)]


def queries_of_a_visit(client, room):
    with CaptureQueriesContext(connection) as queries:
        page(client, room)
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in queries)


def grow(alice, bob, general):
    make = get_user_model().objects.create_user
    people = [make(f"person{number}") for number in range(20)]
    for person in people:
        memberships.join(person, general.pk)
        rooms.direct(alice, [person.pk])
        rooms.create(alice, f"Room of {person}")
    asked = post_message(bob, general, "a question")
    for person in people * 3:
        answer = posting.post(person, general.pk, uuid.uuid4(), "an answer", asked.pk).message
        editing.react(bob, answer.pk, "👍", True)
    assert Room.objects.count() > 40
    assert Message.objects.count() > 60


def test_the_404_page_links_back_to_the_chat_in_development_too(as_alice, settings):
    settings.DEBUG = True
    response = as_alice.get("/rooms/999/")
    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "Back to the chat" in response.content.decode()
