"""Favourites have an order of their own. Those who only mark them get them in that order."""

from functools import partial

import pytest

from chat.events import publisher
from chat.exceptions import Forbidden, Invalid
from chat.models import Membership
from chat.services import archiving, memberships, rooms
from chat.services.favourites import set_favourite, set_order
from tests.chat.concurrency import run_concurrently

NAMES = ("Apple", "Berry", "Cherry", "Damson")


@pytest.fixture
def orchard(alice):
    """Four favourites of alice, in the order of their names."""
    found = {name: rooms.create(alice, name) for name in NAMES}
    for room in found.values():
        set_favourite(alice, room.pk, True)
    return found


@pytest.fixture
def published(monkeypatch, django_capture_on_commit_callbacks):
    """`published(call)` returns the events that a call publishes."""

    def published(call):
        events = []
        monkeypatch.setattr(publisher, "publish", events.append)
        with django_capture_on_commit_callbacks(execute=True):
            call()
        return events

    return published


def order(user) -> list[str]:
    found = Membership.objects.filter(user=user, favourite_position__isnull=False)
    return list(found.order_by("favourite_position").values_list("room__name", flat=True))


def ids(orchard, *names) -> list[int]:
    return [orchard[name].pk for name in names]


def test_a_new_favourite_goes_to_the_end(alice, orchard):
    set_order(alice, ids(orchard, "Damson", "Cherry", "Berry", "Apple"))
    set_favourite(alice, rooms.create(alice, "Aardvark").pk, True)
    assert order(alice) == ["Damson", "Cherry", "Berry", "Apple", "Aardvark"]


def test_a_favourite_that_is_marked_again_keeps_its_place(alice, orchard):
    set_favourite(alice, orchard["Berry"].pk, True)
    assert order(alice) == list(NAMES)
    set_favourite(alice, orchard["Berry"].pk, False)
    set_favourite(alice, orchard["Berry"].pk, False)
    assert order(alice) == ["Apple", "Cherry", "Damson"]
    set_favourite(alice, orchard["Berry"].pk, True)
    assert order(alice) == ["Apple", "Cherry", "Damson", "Berry"]


def test_only_members_have_favourites(alice, bob, orchard):
    with pytest.raises(Forbidden):
        set_favourite(bob, orchard["Apple"].pk, True)
    assert order(bob) == []


def test_the_order_is_that_of_one_user(alice, bob, orchard):
    for name in reversed(NAMES):
        memberships.join(bob, orchard[name].pk)
        set_favourite(bob, orchard[name].pk, True)
    set_order(alice, ids(orchard, "Cherry", "Apple", "Damson", "Berry"))
    assert order(alice) == ["Cherry", "Apple", "Damson", "Berry"]
    assert order(bob) == ["Damson", "Cherry", "Berry", "Apple"]


def test_favourites_that_are_missing_follow_in_their_order(alice, orchard):
    set_order(alice, ids(orchard, "Damson", "Cherry", "Berry", "Apple"))
    set_order(alice, ids(orchard, "Apple", "Cherry"))
    assert order(alice) == ["Apple", "Cherry", "Damson", "Berry"]


def test_an_archived_favourite_is_kept(alice, orchard):
    archiving.archive(alice, orchard["Apple"].pk)
    set_order(alice, ids(orchard, "Damson", "Cherry", "Berry"))
    assert order(alice) == ["Damson", "Cherry", "Berry", "Apple"]


def test_favourites_with_the_same_position_can_be_ordered(alice, orchard):
    Membership.objects.filter(user=alice).update(favourite_position=0)
    set_order(alice, ids(orchard, "Damson", "Apple", "Cherry", "Berry"))
    assert order(alice) == ["Damson", "Apple", "Cherry", "Berry"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda ids: [], "at least one"),
        (lambda ids: [*ids, ids[0]], "twice"),
        (lambda ids: ids[::-1] * 50_000, "twice"),
        (lambda ids: [*ids[::-1], 10**9], "not a favourite"),
        (lambda ids: [2**63 - 1, *ids], "not a favourite"),
        (lambda ids: [10**5000, *ids], "not a favourite"),
        (lambda ids: [*ids[::-1], None], "not a favourite"),
        (lambda ids: range(200_000), "not a favourite"),
    ],
)
def test_a_list_with_anything_else_changes_nothing(alice, orchard, change, error):
    with pytest.raises(Invalid, match=error):
        set_order(alice, change(ids(orchard, *NAMES)))
    assert order(alice) == list(NAMES)


def test_rooms_that_are_not_favourites_of_this_user_are_refused(alice, bob, orchard, den):
    hidden = rooms.create(bob, "Hidden", private=True)
    set_favourite(bob, hidden.pk, True)
    for room in (den, hidden):
        with pytest.raises(Invalid, match="not a favourite"):
            set_order(alice, [room.pk, *ids(orchard, *NAMES)])
    assert order(alice) == list(NAMES)
    assert order(bob) == ["Hidden"]


def test_the_same_order_again_writes_and_publishes_nothing(
    alice, orchard, published, django_assert_num_queries
):
    same = ids(orchard, *NAMES)
    with django_assert_num_queries(3):  # two of them are a savepoint
        set_order(alice, same)
    assert published(lambda: set_order(alice, same)) == []


def test_a_new_order_reaches_the_pages_of_this_user_only(alice, orchard, published):
    (event,) = published(lambda: set_order(alice, ids(orchard, "Berry")))
    assert event["users"] == [alice.pk]
    assert event["frame"]["type"] == "room"
    assert event["frame"]["member"] is True


@pytest.mark.django_db(transaction=True)
def test_two_devices_at_once_leave_one_of_their_orders(alice, orchard):
    orders = [list(NAMES[::-1]), ["Cherry", "Apple", "Damson", "Berry"]]
    calls = [partial(set_order, alice, ids(orchard, *names)) for names in orders]
    run_concurrently(calls * 10)
    assert order(alice) in orders
    positions = Membership.objects.filter(user=alice).values_list("favourite_position", flat=True)
    assert sorted(positions) == [0, 1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_favourite_that_another_device_adds_meanwhile_is_kept(alice, orchard):
    room = rooms.create(alice, "Elder")
    names = NAMES[::-1]
    calls = [partial(set_order, alice, ids(orchard, *names))] * 5
    run_concurrently([*calls, partial(set_favourite, alice, room.pk, True)])
    set_order(alice, ids(orchard, *names))
    assert order(alice) == [*names, "Elder"]
