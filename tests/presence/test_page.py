"""The page /online/ and the admin."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import presence
from presence import history
from presence.models import LastSeen
from presence.socket_tracker import AWAY_SECONDS, SocketTracker
from presence.views import PEOPLE_PER_PAGE


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return lambda query="": client.get("/online/" + query).content.decode()


def open_socket(*people, ago_seconds=0):
    sockets = SocketTracker("one")
    now = timezone.now()
    for person in people:
        sockets.opened(person.pk, now - timedelta(seconds=ago_seconds))
    async_to_sync(sockets.sync)(now)


def item(html, person):
    people = html.partition('<ul class="list" id="online">')[2]
    [found] = [part for part in people.split("<li ") if f'data-person="{person.pk}"' in part]
    return found


def test_the_page_is_for_signed_in_users_only(client, db):
    response = client.get("/online/")
    assert response.status_code == 302
    assert "login" in response["Location"]


def test_the_page_is_read_only(client, alice):
    client.force_login(alice)
    assert client.post("/online/").status_code == 405


def test_it_lists_the_users_who_are_online_and_nobody_else(page, alice, bob, charlie):
    presence.mark_online(bob.pk)
    html = page()
    assert "@alice" in html
    assert "@bob" in html
    assert "@charlie" not in html
    assert "2 people" in html


def test_a_user_who_appears_offline_sees_a_notice_and_is_not_listed(page, client, alice, bob):
    alice.appears_offline = True
    alice.save()
    assert "You appear offline" in page()
    client.force_login(bob)
    html = client.get("/online/").text
    assert "@alice" not in html
    assert "You appear offline" not in html


def test_it_shows_who_is_here_away_or_only_online(page, alice, bob, charlie):
    presence.mark_online(charlie.pk)
    open_socket(alice)
    assert 'data-state="here"' in item(page(), alice)
    assert 'data-state="online"' in item(page(), charlie)
    open_socket(bob, ago_seconds=AWAY_SECONDS)
    assert 'data-state="away"' in item(page(), bob)


def test_it_shows_each_last_activity_the_latest_first(page, alice, bob):
    at = timezone.now() - timedelta(minutes=3)
    presence.mark_online(bob.pk, at)
    html = page()
    assert at.strftime("%Y-%m-%dT%H:%M:%S") in item(html, bob)
    assert "3\xa0minutes ago" in item(html, bob)
    assert html.index("@alice") < html.index("@bob")


def test_long_lists_have_pages(page, alice, django_user_model):
    people = django_user_model.objects.bulk_create(
        django_user_model(username=f"person{number}") for number in range(PEOPLE_PER_PAGE)
    )
    presence.mark_many([person.pk for person in people])
    assert page().count("<li data-person") == PEOPLE_PER_PAGE
    assert page("?page=2").count("<li data-person") == 1


def test_a_name_is_escaped(page, bob):
    bob.name = "<b>bob</b>"
    bob.save()
    presence.mark_online(bob.pk)
    assert "&lt;b&gt;bob" in page()


def test_a_deleted_user_is_not_listed(page, bob):
    presence.mark_online(bob.pk)
    bob.delete()
    assert "@bob" not in page()


def test_the_number_of_queries_does_not_grow_with_users(page, django_user_model):
    page()
    with CaptureQueriesContext(connection) as one_user:
        page()
    people = django_user_model.objects.bulk_create(
        django_user_model(username=f"person{number}") for number in range(50)
    )
    presence.mark_many([person.pk for person in people])
    with CaptureQueriesContext(connection) as many_users:
        assert page().count("<li data-person") == 51
    assert len(many_users) == len(one_user)


def test_charts_are_for_staff(page, alice):
    history.sample()
    assert 'class="chart"' not in page()
    alice.is_staff = True
    alice.save()
    html = page()
    assert html.count('class="chart"') == 3
    assert html.count('<th scope="col">') == 6


@pytest.mark.parametrize("path", ["lastseen", "sample"])
def test_the_admin_is_read_only(admin_client, alice, path):
    LastSeen.objects.create(user=alice, seen_at=timezone.now())
    history.sample()
    html = admin_client.get(f"/admin/presence/{path}/").content.decode()
    assert ("alice" in html) == (path == "lastseen")
    assert ('class="chart"' in html) == (path == "sample")
    assert admin_client.get(f"/admin/presence/{path}/add/").status_code == 403


def test_a_deactivated_user_is_not_listed(page, bob):
    presence.mark_online(bob.pk)
    assert f'data-person="{bob.pk}"' in page()
    type(bob).objects.filter(pk=bob.pk).update(is_active=False)
    assert f'data-person="{bob.pk}"' not in page()
