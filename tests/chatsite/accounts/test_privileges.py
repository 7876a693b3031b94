"""Staff who have every permission that an admin can give cannot make themselves superusers, and
cannot access the accounts of users with privileges."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client

from chat.services import rooms
from chatsite.accounts import bots
from chatsite.accounts.models import Token, User
from chatsite.accounts.privileges import GuardedAdmin

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = {"usable_password": "true", "password1": "battery 7", "password2": "battery 7"}
EVERYTHING = {
    "username": "renamed",
    "name": "Renamed",
    "email": "stranger@example.org",
    "is_active": "on",
    "is_staff": "on",
    "is_superuser": "on",
    "is_bot": "on",
    "is_demo": "on",
    "owner": "1",
    "password": "battery 7",
}

PRIVILEGES = (
    "is_staff",
    "is_superuser",
    "is_bot",
    "is_demo",
    "groups",
    "permissions",
    "owner_id",
)


@pytest.fixture
def staff(db):
    user = User.objects.create_user("staff", password=PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture
def browser(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root", "root@example.org", PASSWORD)


@pytest.fixture
def colleague(db):
    return User.objects.create_user("colleague", password=PASSWORD, is_staff=True)


@pytest.fixture
def moderator(db):
    """Returns a user who is not staff, with one permission from a group."""
    user = User.objects.create_user("moderator", password=PASSWORD)
    user.groups.create(name="Moderators").permissions.add(Permission.objects.first())
    return user


@pytest.fixture
def bot_of_root(root):
    return bots.create(root, "robby", "Robby", rooms.create(root, "Builds"))[0]


@pytest.fixture(params=["root", "colleague", "moderator", "staff", "bot_of_root"])
def target(request):
    """Returns each user whom staff may not change; `staff` is the signed-in user."""
    return request.getfixturevalue(request.param)


def stored(user) -> dict:
    state = User.objects.filter(pk=user.pk).values().get()
    del state["last_login"]
    return state | {
        "groups": set(user.groups.values_list("pk", flat=True)),
        "permissions": set(user.user_permissions.values_list("pk", flat=True)),
    }


def action(name: str, item) -> dict:
    return {"action": name, "_selected_action": [item.pk], "post": "yes"}


def page(item, rest: str) -> str:
    meta = item._meta
    return f"/admin/{meta.app_label}/{meta.model_name}/{item.pk}/{rest}/"


def all_groups_and_permissions() -> dict:
    return {
        "groups": list(Group.objects.values_list("pk", flat=True)),
        "user_permissions": list(Permission.objects.values_list("pk", flat=True)),
    }


@pytest.mark.parametrize("field", [*EVERYTHING, "groups", "user_permissions"])
def test_no_field_of_users_with_privileges_changes(browser, target, field):
    Group.objects.create(name="Owners")
    before = stored(target)
    everything = EVERYTHING | all_groups_and_permissions()
    browser.post(page(target, "change"), {"username": target.username, field: everything[field]})
    browser.post(page(target, "change"), everything)
    assert stored(target) == before


def test_their_passwords_are_not_set(browser, target):
    before = stored(target)
    assert browser.get(page(target, "password")).status_code == 403
    assert browser.post(page(target, "password"), NEW).status_code == 403
    assert stored(target) == before


def test_they_are_not_deleted(browser, target):
    assert browser.post(page(target, "delete"), {"post": "yes"}).status_code == 403
    browser.post("/admin/accounts/user/", action("delete_selected", target))
    assert User.objects.filter(pk=target.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_they_stay_signed_in(browser, root):
    theirs = Client()
    theirs.force_login(root)
    theirs.get("/api/me")
    device = UserSession.objects.get(user=root)
    browser.post("/admin/accounts/user/", action("sign_out_everywhere", root))
    response = browser.post(
        "/admin/usersessions/usersession/", action("sign_out", device), follow=True
    )
    assert "Only a superuser may change users with privileges" in response.text
    assert theirs.get("/api/me").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_users_without_privileges_are_signed_out(browser, alice):
    theirs = Client()
    theirs.force_login(alice)
    assert theirs.get("/api/me").status_code == 200
    browser.post("/admin/accounts/user/", action("sign_out_everywhere", alice))
    assert theirs.get("/api/me").status_code == 401


def test_their_tokens_second_steps_and_addresses_stay(browser, root):
    kept = [
        Token.objects.issue(root, "laptop", "write")[0],
        Authenticator.objects.create(user=root, type="totp", data={}),
        EmailAddress.objects.create(user=root, email="root@example.org", verified=True),
    ]
    for item in kept:
        model = f"/admin/{item._meta.app_label}/{item._meta.model_name}/"
        assert browser.get(model).status_code == 200
        assert browser.post(page(item, "delete"), {"post": "yes"}).status_code == 403
        browser.post(page(item, "change"), {"user": root.pk, "verified": ""})
        browser.post(model, action("delete_selected", item))
        item.refresh_from_db()


def test_they_get_no_address(browser, root, alice):
    new = {"user": root.pk, "email": "stranger@example.org", "verified": "on", "primary": "on"}
    assert browser.post("/admin/account/emailaddress/add/", new).status_code == 403
    mine = EmailAddress.objects.create(user=alice, email="stranger@example.org", verified=False)
    browser.post(page(mine, "change"), new)
    browser.post("/admin/account/emailaddress/", action("make_verified", mine))
    mine.refresh_from_db()
    assert (mine.user, mine.verified) == (alice, False)


def new_token(browser, user):
    data = {"user": user.pk, "name": "mine", "scope": "write"}
    return browser.post("/admin/accounts/token/add/", data)


def test_they_get_no_token(browser, target, alice):
    User.objects.filter(pk=target.pk).update(is_bot=True)
    before = Token.objects.count()
    new_token(browser, target)
    new_token(browser, alice)
    assert Token.objects.count() == before


def test_bots_of_other_people_get_no_token(browser, alice):
    bot, _ = bots.create(alice, "robby", "Robby", rooms.create(alice, "Builds"))
    new_token(browser, bot)
    assert Token.objects.count() == 1


def test_bots_without_privileges_and_owner_get_one(browser):
    new_token(browser, User.objects.create_user("helper", is_bot=True))
    assert Token.objects.count() == 1


def test_staff_cannot_give_privileges(browser, alice):
    Group.objects.create(name="Owners")
    form = EVERYTHING | all_groups_and_permissions() | {"username": "alice"}
    assert browser.post(page(alice, "change"), form).status_code == 302
    after = stored(alice)
    assert after["name"] == "Renamed"
    assert not any(after[name] for name in PRIVILEGES)


def test_a_new_person_has_no_privileges(browser):
    Group.objects.create(name="Owners")
    form = EVERYTHING | all_groups_and_permissions() | NEW
    del form["is_bot"]
    browser.post("/admin/accounts/user/add/", form)
    after = stored(User.objects.get(username="renamed"))
    assert not any(after[name] for name in PRIVILEGES)


def test_groups_are_for_superusers(browser, staff):
    group = Group.objects.create(name="Helpers")
    staff.groups.add(group)
    form = {"name": "Helpers", "permissions": [Permission.objects.first().pk]}
    assert browser.post(page(group, "change"), form).status_code == 403
    assert browser.post("/admin/auth/group/add/", form | {"name": "New"}).status_code == 403
    assert browser.post(page(group, "delete"), {"post": "yes"}).status_code == 403
    browser.post("/admin/auth/group/", action("delete_selected", group))
    assert Group.objects.get().permissions.count() == 0


def test_staff_set_the_password_of_a_user_without_privileges(browser, alice):
    assert browser.post(page(alice, "password"), NEW).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("battery 7")


def test_a_superuser_may_do_everything(client, root, colleague):
    client.force_login(root)
    form = {"username": "colleague", "name": "C", "is_active": "on", "is_superuser": "on"}
    assert client.post(page(colleague, "change"), form).status_code == 302
    assert client.post(page(colleague, "password"), NEW).status_code == 302
    colleague.refresh_from_db()
    assert colleague.is_superuser
    assert colleague.check_password("battery 7")
    assert client.post("/admin/auth/group/add/", {"name": "Owners"}).status_code == 302


def test_every_page_of_the_admin_that_leads_to_a_user_is_guarded():
    """A new model with a user must be guarded, or listed here."""
    about_access = {"accounts", "account", "mfa", "usersessions"}
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label in about_access:
            assert isinstance(model_admin, GuardedAdmin), model
