"""Nobody can take a name that is somebody else's or looks like it, in any way."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from chat.services import rooms
from chatsite.accounts import bots
from chatsite.accounts.exceptions import NameTaken
from chatsite.accounts.forms import KEY_NAME
from chatsite.accounts.models import PersonNameKey, Token, User

from .conftest import PASSWORD, confirm

PROFILE = "/accounts/profile/"
TAKEN = "Somebody has this name already"
ALIKE = ["Bob", "bob", "BOB", "B0b", "Ｂｏｂ", "ВОВ", "𝐁𝐨𝐛"]  # of bob, whose name is Bob
UNSEEN = ["Al\u200bice", "\u3164", "Al\u202eeci", "Gеneral", "Z\u0337\u0322\u0353a"]


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def root(client):
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*ALIKE, *UNSEEN], ids=ascii)
def test_the_profile_refuses_a_taken_name(as_alice, alice, bob, name):
    assert as_alice.post(PROFILE, {"name": name}).context["form"].errors["name"]
    alice.refresh_from_db()
    assert alice.name == "Alice"


@pytest.mark.django_db
def test_the_error_explains_what_to_do(as_alice, bob):
    assert "Add a last name or an initial." in as_alice.post(PROFILE, {"name": "Bob"}).text
    assert "invisible character U+200B." in as_alice.post(PROFILE, {"name": "Al\u200bice"}).text


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ALICE", "alice", "Alice", "Bob S."])
def test_the_own_name_and_a_longer_one_are_free(as_alice, alice, bob, name):
    assert as_alice.post(PROFILE, {"name": name}).status_code == 302
    assert as_alice.post(PROFILE, {"name": name}).status_code == 302


@pytest.mark.django_db
def test_a_former_name_is_free(as_alice, alice, bob):
    bob.name = "Robert"
    bob.save()
    assert as_alice.post(PROFILE, {"name": "Bobby"}).status_code == 302
    assert as_alice.post(PROFILE, {"name": "Robert"}).status_code == 200
    assert as_alice.post(PROFILE, {"name": "Bob"}).status_code == 200  # still his username
    bob.delete()
    assert as_alice.post(PROFILE, {"name": "Bob"}).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["b0b", "B0B", "ana", "AnA"])
def test_sign_up_refuses_a_taken_name(client, bob, username):
    User.objects.create_user("maria", name="Ana")
    new = {"username": username, "password1": PASSWORD, "email": ""}
    assert TAKEN in client.post("/accounts/signup/", new).text
    assert not User.objects.filter(username=username).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "name"), [("b0b", "Helper"), ("helper", "Bob"), ("b-1", "\u3164")]
)
def test_bots_cannot_take_a_name(as_alice, alice, bob, username, name):
    room = rooms.create(alice, "Lab")
    confirm(as_alice)
    new = {"username": username, "name": name, "room": room.pk}
    response = as_alice.post("/accounts/bots/new/", new)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not User.objects.filter(is_bot=True).exists()


@pytest.mark.django_db
def test_a_bot_whose_name_is_taken_at_the_same_moment(alice, bob):
    room = rooms.create(alice, "Lab")
    with pytest.raises(NameTaken):
        bots.create(alice, "helper", "Bob", room)


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*ALIKE, *UNSEEN], ids=ascii)
def test_the_admin_refuses_a_taken_name(root, alice, bob, name):
    page = f"/admin/accounts/user/{alice.pk}/change/"
    form = root.get(page).context["adminform"].form
    values = {name: "" if value is None else value for name, value in form.initial.items()}
    response = root.post(page, {**values, "name": name, "is_active": "on"})
    assert "name" in response.context["adminform"].form.errors


@pytest.mark.django_db
def test_commands_refuse_a_taken_name(bob):
    with pytest.raises(CommandError, match=TAKEN):
        call_command("createsuperuser", username="b0b", email="", interactive=False)


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*ALIKE, *UNSEEN], ids=ascii)
def test_the_model_refuses_a_taken_name(bob, name):
    with pytest.raises(ValidationError):
        User.objects.create_user("dora", name=name)
    assert not User.objects.filter(username="dora").exists()


@pytest.mark.django_db
def test_a_name_is_stored_normalized(alice):
    alice.name = "  Ana\u00a0\u00a0Jose\u0301 "
    alice.save()
    alice.refresh_from_db()
    assert alice.name == "Ana José"


@pytest.mark.django_db
@pytest.mark.parametrize("name", UNSEEN, ids=ascii)
def test_names_of_tokens_may_repeat(alice, name):
    with pytest.raises(ValidationError), transaction.atomic():
        Token.objects.issue(alice, name, Token.Scope.READ)
    assert not Token.objects.exists()


@pytest.mark.django_db
def test_other_changes_of_a_user_do_not_check_names(alice, bob):
    PersonNameKey.objects.all().delete()  # like somebody who had the name before the rule existed
    alice.is_active = False
    alice.save()
    alice.save(update_fields=["last_login"])
    assert not PersonNameKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_who_ask_for_a_name_at_the_same_moment(alice, bob):
    if connection.vendor == "sqlite":
        pytest.skip("One writer at a time")
    ready, outcomes = threading.Barrier(2), []

    def rename(user, name):
        try:
            with transaction.atomic():
                user.name = name
                ready.wait()
                user.save()
            outcomes.append("saved")
        except (ValidationError, IntegrityError):
            outcomes.append("refused")
        finally:
            connection.close()

    asking = [
        threading.Thread(target=rename, args=pair) for pair in [(alice, "Dora"), (bob, "D0ra")]
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert sorted(outcomes) == ["refused", "saved"]


@pytest.mark.django_db
def test_the_database_allows_one_owner_for_each_key(alice, bob):
    key = PersonNameKey.objects.filter(owner=bob).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        PersonNameKey.objects.bulk_create([PersonNameKey(key=key.key, owner=alice)])


def test_the_name_of_a_passkey_is_checked():
    with pytest.raises(ValidationError):
        KEY_NAME.clean("Key\u200b", None)
