from datetime import datetime, timedelta

import pytest
from django.utils import timezone

import presence
from chatsite.accounts.models import User
from presence.models import LastSeen

pytestmark = pytest.mark.django_db


def moment(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


def test_me(api, alice):
    assert api.get("/api/me").json() == {
        "id": alice.pk,
        "username": "alice",
        "name": "Alice",
        "bot": False,
    }


def test_a_request_marks_a_program_as_online(api, alice):
    assert presence.online_count() == 0
    assert api.get("/api/users/online").json()["count"] == 1
    (person,) = api.get("/api/users/online").json()["users"]
    assert timezone.now() - moment(person.pop("last_activity")) < timedelta(minutes=1)
    assert person == {
        "id": alice.pk,
        "username": "alice",
        "name": "Alice",
        "bot": False,
        "here": False,
    }


def test_who_is_online(api, alice, bob, charlie):
    now = timezone.now().replace(microsecond=0)
    presence.mark_online(bob.pk, now)
    presence.mark_online(charlie.pk, now - timedelta(hours=1))
    people = api.get("/api/users/online").json()["users"]
    assert [person["username"] for person in people] == ["alice", "bob"]
    assert moment(people[1]["last_activity"]) == now


def test_a_deactivated_user_is_not_listed(api, bob):
    presence.mark_online(bob.pk)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert api.get("/api/users/online").json()["count"] == 1
    assert api.get(f"/api/users?ids={bob.pk}").json() == {"users": []}


def test_a_user_who_appears_offline_is_not_listed(api, alice):
    User.objects.filter(pk=alice.pk).update(appears_offline=True)
    assert api.get("/api/users/online").json() == {"count": 0, "users": []}
    (user,) = api.get(f"/api/users?ids={alice.pk}").json()["users"]
    assert (user["online"], user["last_activity"]) == (False, None)


def test_people_by_id(api, alice, bob, charlie):
    seen = timezone.now().replace(second=0, microsecond=0) - timedelta(days=2)
    LastSeen.objects.advance({bob.pk: seen})
    query = f"ids={charlie.pk}&ids={alice.pk}&ids={bob.pk}&ids=999"
    users = api.get(f"/api/users?{query}").json()["users"]
    assert [user["username"] for user in users] == ["alice", "bob", "charlie"]
    assert [user["online"] for user in users] == [True, False, False]
    assert moment(users[1]["last_activity"]) == seen
    assert users[2]["last_activity"] is None


@pytest.mark.parametrize(
    "query",
    ["", "?ids=", "?ids=alice", "?ids=0", "?ids=-1", f"?ids={2**63}", "?ids=1" + "&ids=2" * 200],
)
def test_invalid_ids_are_refused(api, query):
    response = api.get(f"/api/users{query}")
    assert response.status_code == 422
    assert response.json()["detail"].startswith(("ids: ", "0: "))


def test_online_costs_the_same_for_any_number_of_users(api, django_assert_num_queries):
    people = User.objects.bulk_create(User(username=f"p{n}", name=f"P{n}") for n in range(50))
    presence.mark_many([person.pk for person in people])
    api.get("/api/me")  # which writes the token's use
    with django_assert_num_queries(2):
        assert api.get("/api/users/online").json()["count"] == 51
