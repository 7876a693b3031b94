"""Names and topics follow the rule for names. No two public rooms have names that look alike."""

import pytest

from chat.exceptions import Invalid
from chat.models import Room, RoomNameKey
from chat.services import rooms

pytestmark = pytest.mark.django_db
ALIKE = ["general", "GENERAL", "GeneraI", "Genera1", "Ｇｅｎｅｒａｌ", "𝐆𝐞𝐧𝐞𝐫𝐚𝐥", " General\u00a0"]
DECEPTIVE = ["Gеneral", "Town\u200b", "\u3164", "Al\u202eeci", "...", "Z\u0337\u0322\u0353a"]


@pytest.mark.parametrize("name", [*ALIKE, *DECEPTIVE], ids=ascii)
def test_a_public_room_with_a_deceptive_or_similar_name_is_refused(alice, general, name):
    with pytest.raises(Invalid):
        rooms.create(alice, name)
    assert Room.objects.count() == 1


@pytest.mark.parametrize("name", DECEPTIVE, ids=ascii)
def test_a_private_room_or_a_topic_with_a_deceptive_name_is_refused(alice, name):
    with pytest.raises(Invalid):
        rooms.create(alice, name, private=True)
    with pytest.raises(Invalid):
        rooms.create(alice, "Den", private=True, topic=name)
    assert not Room.objects.exists()


def test_a_private_room_may_have_the_name_of_another_room(alice, general):
    assert rooms.create(alice, "General", private=True).name == "General"
    assert RoomNameKey.objects.filter(owner__kind=Room.Kind.PRIVATE).count() == 0


@pytest.mark.parametrize("name", [*ALIKE, *DECEPTIVE], ids=ascii)
def test_renaming_to_a_deceptive_or_similar_name_is_refused(alice, general, name):
    town = rooms.create(alice, "Town")
    with pytest.raises(Invalid):
        rooms.rename(alice, town.pk, name)
    town.refresh_from_db()
    assert town.name == "Town"
    rooms.rename(alice, general.pk, "GENERAL")


def test_the_former_name_of_a_room_is_free(alice, general):
    rooms.rename(alice, general.pk, "Plaza")
    rooms.create(alice, "GeneraI")


@pytest.mark.parametrize("name", ["GeneraI", "Gеneral"], ids=ascii)
def test_pages_show_the_refusal(client, alice, general, name):
    client.force_login(alice)
    new = client.post("/rooms/new/", {"name": name})
    assert new.status_code == 422
    assert new.context["form"].errors["name"]
    town = rooms.create(alice, "Town")
    renamed = client.post(f"/rooms/{town.pk}/name/", {"name": name})
    assert renamed.status_code == 422
    assert "Choose another" in renamed.text or "Use one alphabet" in renamed.text


@pytest.mark.parametrize("name", ["GeneraI", "Gеneral"], ids=ascii)
def test_the_api_returns_the_refusal(client, alice, general, name):
    client.force_login(alice)
    answer = client.post("/api/rooms", {"name": name}, "application/json")
    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["GeneraI", "Gеneral", "\u3164"], ids=ascii)
def test_the_admin_shows_the_refusal(admin_client, alice, general, name):
    town = rooms.create(alice, "Town")
    page = f"/admin/chat/room/{town.pk}/change/"
    form = admin_client.get(page).context["adminform"].form
    response = admin_client.post(page, {**form.initial, "name": name, "is_default": ""})
    assert "name" in response.context["adminform"].form.errors


@pytest.mark.parametrize("name", DECEPTIVE, ids=ascii)
def test_a_search_for_an_invalid_name_finds_no_room(general, name):
    for lookup in ("name", "name__icontains", "topic__startswith"):
        assert not Room.objects.filter(**{lookup: name}).exists()


def test_names_and_topics_are_stored_normalized(alice):
    room = rooms.create(alice, " Town\u00a0\u3000Hall ", topic="Cafe\u0301 \t at  nine")
    room.refresh_from_db()
    assert (room.name, room.topic) == ("Town Hall", "Café at nine")
