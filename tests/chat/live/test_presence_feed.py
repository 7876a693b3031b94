"""Which pages receive the arrivals and departures of which people. `process` is one of two
processes; `process.elsewhere` has the people of the other."""

import random

import pytest

from chat.live.db_threads import run
from chat.live.subscribing import open_room
from chat.models import Membership
from chat.services import memberships, rooms
from presence.socket_leases import AWAY, HERE
from presence.socket_tracker import AWAY_SECONDS
from tests.chat.live.simulated_process import Page

STATES = {HERE: "here", AWAY: "away"}


@pytest.fixture
def meadow(charlie):
    """A public room with charlie in it."""
    return rooms.create(charlie, "Meadow")


async def test_people_who_share_a_room_receive_arrivals_and_departures(
    process, alice, bob, charlie, general
):
    hers, his = await process.open_page(alice), await process.open_page(charlie)
    theirs = await process.open_page(bob)
    await process.pass_seconds()
    assert (hers.others(), his.others()) == ({bob.pk: "here"}, {})
    process.hub.registry.remove(theirs)
    await process.pass_grace_period()
    assert (hers.others(), his.others()) == ({}, {})


async def test_people_who_share_no_room_receive_nothing(process, bob, charlie, general):
    his = await process.open_page(charlie)
    theirs = await process.open_page(bob)
    await process.pass_seconds()
    process.hub.registry.remove(theirs)
    await process.pass_grace_period()
    assert his.of("presence") == []


async def test_hello_lists_the_people_who_share_a_room(
    process, alice, bob, charlie, general, staff
):
    for user in (bob, charlie):
        await process.open_page(user)
    process.elsewhere.opened(staff.pk)
    await run(rooms.direct, alice, [staff.pk])
    await process.pass_seconds()
    hers = await process.open_page(alice)
    assert hers.states == dict.fromkeys([alice.pk, bob.pk, staff.pk], "here")


async def test_a_page_shows_its_own_user(process, alice, bob, den):
    """The user is in a room or in none, and the page is their first or a later one."""
    for person in (alice, bob):
        assert (await process.open_page(person)).states == {person.pk: "here"}
        await process.pass_seconds()
        assert (await process.open_page(person)).states == {person.pk: "here"}


async def test_people_who_share_a_room_receive_the_away_state(
    process, alice, bob, charlie, general
):
    hers, his = await process.open_page(alice), await process.open_page(charlie)
    await process.open_page(bob)
    await process.pass_seconds()
    process.now += AWAY_SECONDS
    await process.pass_seconds()
    assert (hers.others(), his.others()) == ({bob.pk: "away"}, {})
    assert process.hub.registry.presence_changes.for_hello(hers)["away"] == [alice.pk, bob.pk]


async def test_people_of_another_process_are_shown(process, alice, bob, charlie, general):
    hers, his = await process.open_page(alice), await process.open_page(charlie)
    process.elsewhere.opened(bob.pk)
    await process.pass_seconds()
    assert (hers.others(), his.others()) == ({bob.pk: "here"}, {})
    process.elsewhere.closed(bob.pk)
    await process.pass_grace_period()
    assert hers.others() == {}
    assert bob.pk not in process.hub.registry.shared_rooms.rooms_of


async def test_a_visitor_of_a_public_room_counts_as_a_member(
    process, alice, charlie, general, meadow
):
    hers, his = await process.open_page(alice), await process.open_page(charlie)
    await process.pass_seconds()
    await open_room(process.hub.registry, hers, meadow.pk, None)
    await process.pass_seconds()
    assert hers.others() == {charlie.pk: "here"}
    process.hub.registry.remove(his)
    await process.pass_grace_period()
    assert hers.others() == {}
    await process.open_page(charlie)
    await process.pass_seconds()
    assert hers.others() == {charlie.pk: "here"}
    process.hub.registry.close_room(hers, meadow.pk)
    await process.pass_seconds()
    assert hers.others() == {}


async def test_a_private_room_cannot_be_visited(process, alice, bob, charlie, den):
    his = await process.open_page(charlie)
    await process.open_page(alice)
    await process.pass_seconds()
    with pytest.raises(Exception, match="do not have access"):
        await open_room(process.hub.registry, his, den.pk, None)
    process.hub.registry.close_room(his, den.pk)
    await process.pass_seconds()
    assert his.of("presence") == []


async def test_people_who_meet_in_a_room_receive_each_other(process, alice, charlie, den):
    hers, his = await process.open_page(alice), await process.open_page(charlie)
    await process.pass_seconds()
    await run(memberships.invite, alice, den.pk, "charlie")
    await process.pass_seconds()
    assert (hers.others(), his.others()) == ({charlie.pk: "here"}, {alice.pk: "here"})


async def test_people_who_no_longer_share_a_room_leave_each_others_pages(
    process, alice, bob, charlie, den
):
    for name in ("bob", "charlie"):
        await run(memberships.invite, alice, den.pk, name)
    await run(rooms.direct, alice, [bob.pk])
    hers, his, theirs = [await process.open_page(user) for user in (alice, bob, charlie)]
    await process.pass_seconds()
    await run(memberships.remove, alice, den.pk, bob.pk)
    await process.pass_seconds()
    assert hers.others().keys() == {bob.pk, charlie.pk}  # as the direct conversation is left
    assert his.others().keys() == {alice.pk}
    assert theirs.others().keys() == {alice.pk}


async def test_a_new_room_does_not_reveal_a_user_who_appears_offline(process, alice, charlie, den):
    alice.appears_offline = True
    hers, his = await process.open_page(alice), await process.open_page(charlie)
    await process.pass_seconds()
    await run(memberships.invite, alice, den.pk, "charlie")
    await process.pass_seconds()
    assert hers.others() == {charlie.pk: "here"}
    assert not any(alice.pk in frame["left"] for frame in his.of("presence"))
    assert his.others() == {}


@pytest.mark.parametrize("seed", range(6))
async def test_pages_show_the_present_people_who_share_a_room(
    process, seed, django_user_model, alice
):
    """People arrive, depart, join, leave and visit public rooms, in one process or in two."""
    choice = random.Random(seed)
    people = [await run(django_user_model.objects.create, username=f"p{n}") for n in range(6)]
    all_rooms = [await run(rooms.create, alice, f"Room {n}", n > 1) for n in range(4)]
    pages: list[Page] = []

    async def arrive(person):
        pages.append(await process.open_page(person))

    async def depart(person):
        for page in [page for page in pages if page.user == person][:1]:
            process.hub.registry.remove(page)
            pages.remove(page)

    async def arrive_elsewhere(person):
        process.elsewhere.opened(person.pk)

    async def depart_elsewhere(person):
        if process.elsewhere.open[person.pk]:
            process.elsewhere.closed(person.pk)

    async def join(person):
        await run(memberships.add, choice.choice(all_rooms), person)

    async def leave(person):
        if found := await run(list, Membership.objects.filter(user=person)):
            await run(memberships.end, choice.choice(found))

    async def visit_room(person):
        for page in [page for page in pages if page.user == person][:1]:
            await open_room(process.hub.registry, page, choice.choice(all_rooms[:2]).pk, None)

    async def close_room(person):
        for page in [page for page in pages if page.user == person and page.open_rooms][:1]:
            process.hub.registry.close_room(page, choice.choice(sorted(page.open_rooms)))

    actions = [arrive, depart, arrive_elsewhere, depart_elsewhere]
    actions += [join, leave, visit_room, close_room]
    for _ in range(80):
        await choice.choice(actions)(choice.choice(people))
        if choice.random() < 0.5:
            await process.pass_seconds(choice.randint(1, 4))
            members = await run(list, Membership.objects.values_list("room", "user"))
            for page in pages:
                mine = page.open_rooms | {room for room, user in members if user == page.user.pk}
                shared = {user for room, user in members if room in mine} - {page.user.pk}
                reported = process.hub.registry.tracker.reported
                assert page.others() == {
                    pk: STATES[reported[pk]] for pk in shared & reported.keys()
                }
    for page in pages:
        process.hub.registry.remove(page)
    for person in people:
        while process.elsewhere.open[person.pk]:
            process.elsewhere.closed(person.pk)
    await process.pass_grace_period()
    assert not process.hub.registry.shared_rooms.rooms_of
    assert not process.hub.registry.shared_rooms.people_in
