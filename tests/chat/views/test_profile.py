"""The profile of a person. Only active users have one, and only signed-in users see it."""

import pytest

pytestmark = pytest.mark.django_db


def profile(client, user_id):
    return client.get("/people/profile/", {"id": user_id})


def test_it_shows_the_names_of_a_person(client, alice, bob):
    client.force_login(alice)
    html = profile(client, bob.pk).text
    assert "<bdi>Bob</bdi>" in html
    assert "@bob" in html
    assert "Not seen yet" in html


@pytest.mark.parametrize("user_id", ["0", "x", "-1", "9" * 40, "1.5", "\0", "a/b", ""])
def test_an_unknown_person_is_not_found(client, alice, user_id):
    client.force_login(alice)
    assert profile(client, user_id).status_code == 404


def test_without_an_id_it_is_ones_own(client, alice):
    client.force_login(alice)
    assert "@alice" in client.get("/people/profile/").text


def test_a_deactivated_person_is_not_found(client, alice, bob):
    bob.is_active = False
    bob.save()
    client.force_login(alice)
    assert profile(client, bob.pk).status_code == 404


def test_a_visitor_has_to_sign_in(client, bob):
    assert profile(client, bob.pk).status_code == 302


def test_it_only_reads(client, alice, bob):
    client.force_login(alice)
    assert client.post("/people/profile/").status_code == 405
