import pytest
from django.urls import reverse

from chat.live.db_threads import run
from chat.models import Membership, Room
from chat.services import archiving, memberships, rooms
from tests.chat.admin_pages import change_url, list_url, run_action, text
from tests.chat.factories import post_message
from tests.chat.rendering.parsing import Parsed

LISTS = ["room", "membership", "message"]


@pytest.mark.parametrize("kind", LISTS)
def test_only_staff_open_the_lists(client, alice, kind):
    client.force_login(alice)
    assert client.get(list_url(kind)).status_code == 302


@pytest.mark.parametrize("kind", LISTS)
def test_staff_need_a_permission_for_the_lists(client, alice, kind):
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    assert client.get(list_url(kind)).status_code == 403


def test_the_list_shows_and_finds_rooms(admin, alice, bob, general, den):
    rooms.direct(alice, [bob.pk])
    found = text(admin.get(list_url("room")))
    assert all(name in found for name in ("General", "Den", f"Direct {alice.pk}:{bob.pk}"))
    assert "Den" not in text(admin.get(list_url("room"), {"q": "bob"})).split("Select all")[-1]


def test_a_room_links_to_its_members(admin, alice, bob, charlie, general):
    response = admin.get(change_url("room", general))
    (link,) = [
        tag["href"]
        for tag in Parsed(response.content.decode()).named("a")
        if "membership/?room__id__exact" in tag.get("href", "")
    ]
    found = text(admin.get(link))
    assert "alice" in found
    assert "bob" in found
    assert "charlie" not in found


def test_the_list_takes_the_same_queries_for_any_number_of_rooms(
    admin, alice, django_assert_max_num_queries
):
    for number in range(20):
        rooms.create(alice, f"Room {number}")
    with django_assert_max_num_queries(9):
        admin.get(list_url("room"))


def rename(admin, room, name: str):
    return admin.post(change_url("room", room), {"name": name, "topic": "All", "is_default": "on"})


def test_the_admin_renames_a_room(admin, general):
    assert rename(admin, general, " Town  hall ").status_code == 302
    general.refresh_from_db()
    assert (general.name, general.topic, general.is_default) == ("Town hall", "All", True)
    assert general.folded_name == "town hall"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ÄRGER", "A room with this or a similar name already exists"),
        ("\x00 ", "Null characters"),
        (" \u3000", "Enter a name"),
    ],
)
def test_an_invalid_name_is_refused(admin, alice, general, name, reason):
    rooms.create(alice, "Ärger")
    assert reason in text(rename(admin, general, name))
    general.refresh_from_db()
    assert general.name == "General"


def test_a_private_room_may_have_the_name_of_another_room(admin, den, general):
    assert rename(admin, den, "General").status_code == 302


def test_a_direct_conversation_has_no_name(admin, alice, bob):
    room = rooms.direct(alice, [bob.pk])
    assert rename(admin, room, "Name").status_code == 302
    room.refresh_from_db()
    assert (room.name, room.topic, room.is_default) == ("", "All", False)


def test_the_admin_does_not_create_rooms(admin, general):
    assert admin.get(reverse("admin:chat_room_add")).status_code == 403
    assert Room.objects.get() == general


def test_the_admin_adds_a_member(admin, alice, charlie, general):
    post_message(alice, general)
    data = {"room": general.pk, "user": charlie.pk, "is_owner": "on"}
    assert admin.post(reverse("admin:chat_membership_add"), data).status_code == 302
    membership = Membership.objects.get(user=charlie)
    assert (membership.room, membership.is_owner, membership.last_read_seq) == (general, True, 1)


def test_the_admin_adds_nobody_to_a_direct_conversation(admin, alice, bob, charlie):
    data = {"room": rooms.direct(alice, [bob.pk]).pk, "user": charlie.pk}
    assert admin.post(reverse("admin:chat_membership_add"), data).status_code == 200
    assert not Membership.objects.filter(user=charlie).exists()


def test_the_admin_makes_a_member_an_owner(admin, bob, general):
    membership = Membership.objects.get(user=bob)
    admin.post(change_url("membership", membership), {"is_owner": "on"})
    membership.refresh_from_db()
    assert membership.is_owner


def test_the_admin_removes_nobody_from_a_direct_conversation(admin, alice, bob):
    rooms.direct(alice, [bob.pk])
    members = Membership.objects.all()
    deletion = reverse("admin:chat_membership_delete", args=[members[0].pk])
    assert admin.post(deletion, {"post": "yes"}).status_code == 403
    run_action(admin, "membership", "delete_selected", members)
    assert Membership.objects.count() == 2


@pytest.mark.parametrize("how", ["page", "list"])
async def test_a_removed_member_receives_no_more_messages(
    connect, admin, alice, bob, general, den, how
):
    membership = await run(memberships.invite, alice, den.pk, "bob")
    socket = await connect(bob)
    await socket.open(den)
    if how == "page":
        deletion = reverse("admin:chat_membership_delete", args=[membership.pk])
        await run(admin.post, deletion, {"post": "yes"})
    else:
        await run(run_action, admin, "membership", "delete_selected", [membership])
    assert (await socket.next("room"))["member"] is False
    await run(post_message, alice, den, "Secret")
    await run(post_message, alice, general)
    assert "Secret" not in str(await socket.until("activity"))


async def test_an_added_member_receives_the_room(connect, admin, charlie, general):
    socket = await connect(charlie)
    data = {"room": general.pk, "user": charlie.pk}
    await run(admin.post, reverse("admin:chat_membership_add"), data)
    assert (await socket.next("room"))["room"]["name"] == "General"


def test_the_admin_adds_nobody_to_an_archived_room(admin, charlie, general):
    archiving.set_archived(general, True)
    data = {"room": general.pk, "user": charlie.pk}
    assert admin.post(reverse("admin:chat_membership_add"), data).status_code == 200
    assert not Membership.objects.filter(user=charlie).exists()


@pytest.mark.parametrize(
    "lookup", ["draft", "draft__startswith", "draft__regex", "read", "read__gte", "user__password"]
)
def test_filters_do_not_reveal_drafts_or_read_positions(admin, alice, general, lookup):
    assert admin.get(list_url("membership"), {lookup: "1"}).status_code == 400


@pytest.mark.parametrize("kind", ["room", "message"])
@pytest.mark.parametrize(
    "query",
    [
        {"id__in": "9" * 30},
        {"id__in": f"1,{2**63}"},
        {"created_at__year": "9" * 11},
        {"p": "9" * 400},
        {"q": "\x00"},
    ],
)
def test_no_query_string_makes_a_list_fail(admin, general, kind, query):
    assert admin.get(list_url(kind), query).status_code in {200, 302, 400}


@pytest.mark.parametrize("forged", ["", "x", "\x00", "9" * 30, "9" * 5000, "-1"])
def test_no_forged_id_makes_an_action_fail(admin, general, forged):
    for action in ("archive", "restore", "delete_selected"):
        response = admin.post(list_url("room"), {"action": action, "_selected_action": forged})
        assert response.status_code in {200, 302, 400}
    assert not Room.objects.get().is_archived


@pytest.mark.parametrize(
    "query", [{"is_owner__exact": "1"}, {"room__kind__exact": "public"}, {"room__id__exact": "1"}]
)
def test_the_filters_of_the_page_are_allowed(admin, general, query):
    assert admin.get(list_url("membership"), query).status_code == 200
