"""Who is told of whose coming and going. `here` is one of two processes, `here.elsewhere` has the
people of the other."""

import random

import pytest

from chat.live.db_threads import run
from chat.live.subscribing import open_room
from chat.models import Membership
from chat.services import memberships, rooms
from presence.socket_leases import AWAY, HERE
from presence.socket_tracker import AWAY_SECONDS
from tests.chat.live.two_processes import Page

STATES = {HERE: "here", AWAY: "away"}


@pytest.fixture
def meadow(charlie):
    """A public room with charlie in it."""
    return rooms.create(charlie, "Meadow")


async def test_who_shares_a_room_hears_of_coming_and_going(here, alice, bob, charlie, general):
    hers, his = await here.enter(alice), await here.enter(charlie)
    theirs = await here.enter(bob)
    await here.second()
    assert (hers.look(), his.look()) == ({bob.pk: "here"}, {})
    here.hub.registry.remove(theirs)
    await here.departure()
    assert (hers.look(), his.look()) == ({}, {})


async def test_nothing_is_said_to_who_shares_no_room(here, bob, charlie, general):
    his = await here.enter(charlie)
    theirs = await here.enter(bob)
    await here.second()
    here.hub.registry.remove(theirs)
    await here.departure()
    assert his.of("presence") == []


async def test_hello_lists_the_same_circle(here, alice, bob, charlie, general, staff):
    for user in (bob, charlie):
        await here.enter(user)
    here.elsewhere.opened(staff.pk)
    await run(rooms.direct, alice, [staff.pk])
    await here.second()
    hers = await here.enter(alice)
    assert hers.states == dict.fromkeys([alice.pk, bob.pk, staff.pk], "here")


async def test_everybody_sees_themselves(here, alice, bob, den):
    """In a room or in none, on their first page or a later one."""
    for person in (alice, bob):
        assert (await here.enter(person)).states == {person.pk: "here"}
        await here.second()
        assert (await here.enter(person)).states == {person.pk: "here"}


async def test_away_too(here, alice, bob, charlie, general):
    hers, his = await here.enter(alice), await here.enter(charlie)
    await here.enter(bob)
    await here.second()
    here.now += AWAY_SECONDS
    await here.second()
    assert (hers.look(), his.look()) == ({bob.pk: "away"}, {})
    assert here.hub.registry.presence_changes.for_hello(hers)["away"] == [alice.pk, bob.pk]


async def test_people_of_another_process(here, alice, bob, charlie, general):
    hers, his = await here.enter(alice), await here.enter(charlie)
    here.elsewhere.opened(bob.pk)
    await here.second()
    assert (hers.look(), his.look()) == ({bob.pk: "here"}, {})
    here.elsewhere.closed(bob.pk)
    await here.departure()
    assert hers.look() == {}
    assert bob.pk not in here.hub.registry.shared_rooms.rooms_of


async def test_a_visitor_of_a_public_room_counts_as_in_it(here, alice, charlie, general, meadow):
    hers, his = await here.enter(alice), await here.enter(charlie)
    await here.second()
    await open_room(here.hub.registry, hers, meadow.pk, None)
    await here.second()
    assert hers.look() == {charlie.pk: "here"}
    here.hub.registry.remove(his)
    await here.departure()
    assert hers.look() == {}
    await here.enter(charlie)
    await here.second()
    assert hers.look() == {charlie.pk: "here"}
    here.hub.registry.close_room(hers, meadow.pk)
    await here.second()
    assert hers.look() == {}


async def test_a_private_room_cannot_be_looked_into(here, alice, bob, charlie, den):
    his = await here.enter(charlie)
    await here.enter(alice)
    await here.second()
    with pytest.raises(Exception, match="not yours"):
        await open_room(here.hub.registry, his, den.pk, None)
    here.hub.registry.close_room(his, den.pk)
    await here.second()
    assert his.of("presence") == []


async def test_who_meets_in_a_room_learns_of_each_other(here, alice, charlie, den):
    hers, his = await here.enter(alice), await here.enter(charlie)
    await here.second()
    await run(memberships.invite, alice, den.pk, "charlie")
    await here.second()
    assert (hers.look(), his.look()) == ({charlie.pk: "here"}, {alice.pk: "here"})


async def test_who_shares_no_room_any_more_is_out_of_sight(here, alice, bob, charlie, den):
    for name in ("bob", "charlie"):
        await run(memberships.invite, alice, den.pk, name)
    await run(rooms.direct, alice, [bob.pk])
    hers, his, theirs = [await here.enter(user) for user in (alice, bob, charlie)]
    await here.second()
    await run(memberships.remove, alice, den.pk, bob.pk)
    await here.second()
    assert hers.look().keys() == {bob.pk, charlie.pk}  # there is the conversation
    assert his.look().keys() == {alice.pk}
    assert theirs.look().keys() == {alice.pk}


async def test_who_appears_offline_is_not_given_away_by_a_new_room(here, alice, charlie, den):
    alice.appears_offline = True
    hers, his = await here.enter(alice), await here.enter(charlie)
    await here.second()
    await run(memberships.invite, alice, den.pk, "charlie")
    await here.second()
    assert hers.look() == {charlie.pk: "here"}
    assert not any(alice.pk in frame["left"] for frame in his.of("presence"))
    assert his.look() == {}


@pytest.mark.parametrize("seed", range(6))
async def test_pages_show_who_is_here_in_their_circles(here, seed, django_user_model, alice):
    """Whatever people do: come, go, join, leave, look into public rooms, in one process or two."""
    choice = random.Random(seed)
    people = [await run(django_user_model.objects.create, username=f"p{n}") for n in range(6)]
    places = [await run(rooms.create, alice, f"Room {n}", n > 1) for n in range(4)]
    pages: list[Page] = []

    async def come(person):
        pages.append(await here.enter(person))

    async def go(person):
        for page in [page for page in pages if page.user == person][:1]:
            here.hub.registry.remove(page)
            pages.remove(page)

    async def come_elsewhere(person):
        here.elsewhere.opened(person.pk)

    async def go_elsewhere(person):
        if here.elsewhere.open[person.pk]:
            here.elsewhere.closed(person.pk)

    async def join(person):
        await run(memberships.add, choice.choice(places), person)

    async def leave(person):
        if found := await run(list, Membership.objects.filter(user=person)):
            await run(memberships.end, choice.choice(found))

    async def look_in(person):
        for page in [page for page in pages if page.user == person][:1]:
            await open_room(here.hub.registry, page, choice.choice(places[:2]).pk, None)

    async def look_away(person):
        for page in [page for page in pages if page.user == person and page.rooms][:1]:
            here.hub.registry.close_room(page, choice.choice(sorted(page.rooms)))

    deeds = [come, go, come_elsewhere, go_elsewhere, join, leave, look_in, look_away]
    for _ in range(80):
        await choice.choice(deeds)(choice.choice(people))
        if choice.random() < 0.5:
            await here.second(choice.randint(1, 4))
            members = await run(list, Membership.objects.values_list("room", "user"))
            for page in pages:
                mine = page.rooms | {room for room, user in members if user == page.user.pk}
                circle = {user for room, user in members if room in mine} - {page.user.pk}
                told = here.hub.registry.present.reported
                assert page.look() == {pk: STATES[told[pk]] for pk in circle & told.keys()}
    for page in pages:
        here.hub.registry.remove(page)
    for person in people:
        while here.elsewhere.open[person.pk]:
            here.elsewhere.closed(person.pk)
    await here.departure()
    assert not here.hub.registry.shared_rooms.rooms_of
    assert not here.hub.registry.shared_rooms.people_in
