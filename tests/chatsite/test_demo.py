import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from chat.models import Membership, Message, Room
from chat.services import room_list, rooms

pytestmark = pytest.mark.django_db
User = get_user_model()


@pytest.fixture(autouse=True)
def development(settings):
    settings.DEBUG = True


def everything() -> tuple:
    return tuple(
        list(model.objects.order_by("pk").values()) for model in (User, Room, Membership, Message)
    )


def test_the_demo_users_can_sign_in(client):
    call_command("demo")
    for username in ("pablo", "joe", "mary", "alex", "admin"):
        assert client.login(username=username, password="password123")
    assert User.objects.get(username="admin").is_superuser
    assert User.objects.filter(is_superuser=True).count() == 1


def test_the_demo_has_public_and_private_conversations():
    call_command("demo")
    general = Room.objects.get(name="General")
    assert general.is_default
    assert general.memberships.count() == 5
    assert general.messages.count() > 10
    for room in Room.objects.filter(kind=Room.Kind.DIRECT):
        assert {m.author_id for m in room.messages.all()} <= set(
            room.memberships.values_list("user_id", flat=True)
        )
        assert room.messages.exists()


def test_messages_are_in_the_past_and_in_order():
    call_command("demo")
    for room in Room.objects.all():
        times = list(room.messages.order_by("seq").values_list("created_at", flat=True))
        assert times == sorted(times)


def test_a_second_time_changes_nothing():
    call_command("demo")
    before = everything()
    call_command("demo")
    assert everything() == before


def test_a_new_user_joins_general(alice):
    call_command("demo")
    bob = User.objects.create_user("bob")
    assert [card.name for card in room_list.summaries(bob)] == ["General"]


def test_if_empty_does_not_change_a_site_with_users(alice):
    call_command("demo", "--if-empty")
    assert list(User.objects.all()) == [alice]


def test_an_existing_room_of_that_name_is_used(alice):
    mine = rooms.create(alice, "GENERAL")
    call_command("demo")
    assert Room.objects.get(name__iexact="general") == mine


def test_production_refuses_the_demo(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError):
        call_command("demo")
    assert not User.objects.exists()
