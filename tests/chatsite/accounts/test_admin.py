import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

import presence
from chatsite.accounts.models import Token, User
from presence.mark_throttle import mark_throttle

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(client, db):
    mark_throttle.clear()
    client.force_login(User.objects.create_superuser("admin", password=PASSWORD))
    return client


@pytest.fixture
def browser(alice):
    """Alice's browser, signed in."""
    browser = Client()
    browser.force_login(alice)
    browser.get("/api/me")
    return browser


def act(admin, model, action, *objects):
    data = {"action": action, "_selected_action": [item.pk for item in objects]}
    return admin.post(f"/admin/{model}/", data, follow=True)


def test_the_admin_is_for_staff(browser):
    assert browser.get("/admin/").status_code == 302
    assert browser.get("/admin/login/").status_code == 403


def test_the_list_shows_who_is_online(nobody_online, admin, alice, bob):
    seen = timezone.now().replace(microsecond=0)
    presence.mark_online(bob.pk, seen)
    page = admin.get("/admin/accounts/user/")
    assert date_format(seen, "DATETIME_FORMAT") in page.text
    rows = page.context["cl"].result_list
    assert {row.username: row.online for row in rows} == {
        "admin": True,
        "alice": False,
        "bob": True,
    }


def test_an_admin_signs_a_user_out_everywhere(admin, alice, browser):
    page = act(admin, "accounts/user", "sign_out_everywhere", alice)
    assert "Signed out everywhere: 1." in page.text
    assert browser.get("/api/me").status_code == 401


def test_an_admin_deactivates_a_user(admin, alice, browser):
    form = admin.get(f"/admin/accounts/user/{alice.pk}/change/").context["adminform"].form
    data = {name: value for name, value in form.initial.items() if value} | {"is_active": ""}
    assert admin.post(f"/admin/accounts/user/{alice.pk}/change/", data).status_code == 302
    alice.refresh_from_db()
    assert not alice.is_active
    assert browser.get("/api/me").status_code == 401


def test_an_admin_sets_a_new_password(admin, alice, browser):
    new = {"usable_password": "true", "password1": "battery 7", "password2": "battery 7"}
    assert admin.post(f"/admin/accounts/user/{alice.pk}/password/", new).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password("battery 7")
    assert browser.get("/api/me").status_code == 401


def test_an_admin_signs_a_session_out(admin, browser, alice):
    device = UserSession.objects.get(user=alice)
    act(admin, "usersessions/usersession", "sign_out", device)
    assert browser.get("/api/me").status_code == 401
    assert not UserSession.objects.filter(user=alice).exists()


def test_an_admin_revokes_a_token(admin, alice, token):
    url = f"/admin/accounts/token/{Token.objects.get().pk}/delete/"
    assert admin.post(url, {"post": "yes"}).status_code == 302
    assert not Token.objects.exists()


def test_an_admin_adds_a_user(admin):
    new = {"usable_password": "true", "password1": "battery 7", "password2": "battery 7"}
    admin.post("/admin/accounts/user/add/", {"username": "charlie", **new})
    assert User.objects.get(username="charlie").check_password("battery 7")


@pytest.mark.parametrize("name", ["ALICE", "two words"])
def test_an_invalid_name_is_refused(admin, alice, name):
    new = {"usable_password": "true", "password1": "battery 7", "password2": "battery 7"}
    page = admin.post("/admin/accounts/user/add/", {"username": name, **new})
    assert page.context["adminform"].form.errors["username"]


def test_no_page_shows_a_secret(admin, alice, browser, token):
    authenticator = Authenticator.objects.create(
        user=alice, type=Authenticator.Type.TOTP, data={"secret": "TOTPSECRET"}
    )
    device, stored = UserSession.objects.get(user=alice), Token.objects.get()
    secrets = [alice.password, alice.password[-8:], stored.digest, device.session_key, "TOTPSECRET"]
    for model, pk in [
        ("accounts/user", alice.pk),
        ("accounts/token", stored.pk),
        ("usersessions/usersession", device.pk),
        ("mfa/authenticator", authenticator.pk),
    ]:
        for page in (f"/admin/{model}/", f"/admin/{model}/{pk}/change/"):
            response = admin.get(page)
            assert response.status_code == 200
            assert not [secret for secret in secrets if secret in response.text]


@pytest.mark.parametrize(
    "path",
    ["accounts/token/?digest", "usersessions/usersession/?session_key", "accounts/user/?password"],
)
def test_filters_on_secrets_are_refused(admin, browser, token, path):
    assert admin.get(f"/admin/{path}__startswith=a").status_code == 400
