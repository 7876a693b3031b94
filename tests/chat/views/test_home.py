import re

import pytest
from django.urls import include, path

from chat.services import editing, memberships, rooms
from chatsite import urls
from tests.chat.factories import post_message


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def html(client, address="/"):
    return client.get(address).content.decode()


def test_a_new_user_without_rooms_is_invited_to_create_one(as_alice):
    page = html(as_alice)
    assert "Welcome, Alice" in page
    assert "Create the first room" in page


def test_a_new_user_in_a_room_gets_a_link_to_it(as_alice, general):
    page = html(as_alice)
    assert "Welcome, Alice" not in page
    assert "Go to #General" in page


def test_the_page_says_who_added_the_user_to_a_room(as_alice, alice, bob):
    secret = rooms.create(bob, "<Secret> party", private=True)
    memberships.invite(bob, secret.pk, "alice")
    page = html(as_alice).partition('id="new"')[2].partition("</section>")[0]
    link = f'<a href="/rooms/{secret.pk}/"><bdi>&lt;Secret&gt; party</bdi></a>'
    assert f'<b><bdi data-name-of="{bob.pk}">Bob</bdi></b> added you to {link}' in page
    assert ">New<" in html(as_alice)
    html(as_alice, f"/rooms/{secret.pk}/")
    assert 'id="new"' not in html(as_alice)
    assert ">New<" not in html(as_alice)


def test_a_returning_user_gets_a_link_to_the_unread_room(as_alice, alice, bob, general):
    garden, zoo = rooms.create(bob, "Garden"), rooms.create(bob, "Zoo")
    for room in (garden, zoo):
        memberships.join(alice, room.pk)
    post_message(bob, garden)
    page = html(as_alice).partition('id="unread"')[2].partition("</section>")[0]
    assert f'href="/rooms/{garden.pk}/"' in page
    assert f'href="/rooms/{zoo.pk}/"' not in page
    assert "Go to #" not in html(as_alice)


def test_the_page_offers_public_rooms_that_the_user_is_not_in(as_alice, alice, bob):
    rooms.create(bob, "Garden")
    rooms.create(bob, "Board", private=True)
    rooms.create(alice, "Mine")
    assert [room.name for room in as_alice.get("/").context["open_rooms"]] == ["Garden"]


def test_the_page_folds_many_rooms_to_join(as_alice, bob):
    for number in range(8):
        rooms.create(bob, f"Room {number}")
    page = html(as_alice)
    assert "2 more" in page
    assert page.index("Room 5") < page.index("2 more") < page.index("Room 6")


def test_the_page_does_not_link_back_to_a_room_that_was_left(as_alice, alice, general):
    as_alice.get(f"/rooms/{general.pk}/")
    assert "Back to #General" in html(as_alice)
    memberships.leave(alice, general.pk)
    assert "Back to" not in html(as_alice)


def test_people_are_found_by_parts_of_their_names(as_alice, bob, charlie):
    charlie.name = "Карл Großmann"
    charlie.save()
    searches = {"OB": [bob], "карл mann": [charlie], "карл bob": [], "": [bob, charlie]}
    for text, found in searches.items():
        assert list(as_alice.get("/people/", {"q": text}).context["people"]) == found, text


def test_a_deactivated_user_is_not_found(as_alice, bob):
    bob.is_active = False
    bob.save()
    assert "No people found" in html(as_alice, "/people/?q=bob")


def test_the_quick_switcher_finds_rooms_to_join_and_people(as_alice, alice, bob, charlie, general):
    garden = rooms.create(bob, "Großer Garten")
    rooms.create(bob, "Garden of secrets", private=True)
    found = as_alice.get("/jump/", {"q": " GROSSER  gart "})
    assert list(found.context["open_rooms"]) == [garden]
    assert f'href="/rooms/{garden.pk}/"' in found.text
    found = as_alice.get("/jump/", {"q": "ar"})
    assert list(found.context["open_rooms"]) == [garden]
    assert list(found.context["people"]) == [charlie]
    assert f'value="{charlie.pk}"' in found.text
    assert list(as_alice.get("/jump/", {"q": "gen"}).context["open_rooms"]) == []


@pytest.mark.parametrize("text", ["\x00", "%", "a" * 5000])
def test_unusual_searches_find_no_rooms(as_alice, bob, text):
    rooms.create(bob, "Garden")
    found = list(as_alice.get("/jump/", {"q": text}).context["open_rooms"])
    assert len(found) == (text == "\x00")


def test_an_anonymous_user_is_sent_to_the_sign_in_page(client, general):
    assert client.get("/jump/?q=gen").url.startswith("/accounts/login/")


@pytest.mark.parametrize("text", ["\x00", "%", "_", "'; --", "a" * 5000])
def test_unusual_searches_find_nobody(as_alice, bob, text):
    found = list(as_alice.get("/people/", {"q": text}).context["people"])
    assert found == ([bob] if text == "\x00" else [])


def test_the_sidebar_is_a_fragment(as_alice, alice, bob, general):
    rooms.direct(alice, [bob.pk])
    page = html(as_alice, f"/sidebar/?current={general.pk}")
    assert "<html" not in page
    assert f'href="/rooms/{general.pk}/"' in page
    assert page.count('aria-current="page"') == 1
    assert 'data-name="Bob"' in page


def test_a_missing_page_returns_404(client, db):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_unread_mentions_are_listed_with_a_link_to_the_message(as_alice, alice, bob, general):
    garden = rooms.create(bob, "Garden")
    for room in (general, garden):
        memberships.add(room, bob)
        memberships.add(room, alice)
    first = post_message(bob, general, "@alice, come <b>here</b>")
    post_message(bob, garden, "nothing for anybody")
    latest = post_message(bob, garden, "@alice **again**")
    context = as_alice.get("/").context
    assert [message.pk for message in context["mentions"]] == [latest.pk, first.pk]
    page = html(as_alice)
    assert f'href="/rooms/{garden.pk}/?at={latest.seq}"' in page
    assert "@alice, come &lt;b&gt;here&lt;/b&gt;" in page
    assert "@alice again" in page
    memberships.mark_read(alice, garden.pk, latest.seq)
    assert [message.pk for message in as_alice.get("/").context["mentions"]] == [first.pk]


def test_mentions_that_were_deleted_or_belong_to_others_are_not_listed(
    as_alice, alice, bob, charlie, general
):
    for person in (alice, bob, charlie):
        memberships.add(general, person)
    editing.delete(bob, post_message(bob, general, "@alice, gone").pk)
    post_message(bob, general, "@charlie, look")
    post_message(alice, general, "@alice, myself")
    left = rooms.create(bob, "Left")
    memberships.add(left, alice)
    post_message(bob, left, "@alice, stay")
    memberships.leave(alice, left.pk)
    assert as_alice.get("/").context["mentions"] == []


def test_only_the_latest_mentions_are_listed(as_alice, alice, bob, general):
    memberships.add(general, bob)
    memberships.add(general, alice)
    for number in range(7):
        post_message(bob, general, f"@alice {number}")
    shown = [message.body for message in as_alice.get("/").context["mentions"]]
    assert shown == [f"@alice {number}" for number in (6, 5, 4, 3, 2)]


def test_unread_rooms_are_listed_those_with_mentions_first(as_alice, alice, bob, general):
    names = ("Arts", "Biology", "Crafts")
    listed = [rooms.create(bob, name) for name in names]
    for room in listed:
        memberships.add(room, alice)
    post_message(bob, listed[0])
    post_message(bob, listed[2], "@alice")
    unread = as_alice.get("/").context["unread_rooms"]
    assert "Biology" not in unread
    assert unread.index("Crafts") < unread.index("Arts")
    assert 'class="mention"' in unread


def online_region(page):
    """Returns the region whose list the script fills, with the same people as the sidebar's."""
    return re.search(r'<section[^>]*aria-labelledby="online".*?</section>', page, re.DOTALL)


def test_the_people_online_come_after_what_is_unread(as_alice, alice, bob, general):
    memberships.add(general, alice)
    post_message(bob, general, "@alice")
    page = html(as_alice)
    assert page.index('id="mentions"') < page.index('id="unread"') < page.index('id="online"')
    region = online_region(page).group()
    assert 'href="/online/">Everyone online</a>' in region
    assert "<ul data-online></ul>" in region
    assert "needs-js" not in region.partition(">")[0]


def test_a_user_without_rooms_has_nobody_to_see_online(as_alice):
    assert online_region(html(as_alice)) is None


class UrlsWithoutPresence:
    urlpatterns = [
        path("api/", urls.api.urls),
        path("", include("chat.urls")),
        path("accounts/", include("chatsite.accounts.urls")),
    ]


def test_without_pages_of_presence_the_region_needs_the_script(as_alice, alice, general, settings):
    memberships.add(general, alice)
    settings.ROOT_URLCONF = UrlsWithoutPresence
    region = online_region(html(as_alice)).group()
    assert "href" not in region
    assert 'class="needs-js"' in region.partition(">")[0]
