"""REQUIRE_MFA_FOR_STAFF: the admin is open only to staff with two-step sign-in."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from chatsite.accounts.models import User

from .conftest import PASSWORD

pytestmark = pytest.mark.django_db
ADMIN, PEOPLE, SET_UP = "/admin/", "/admin/accounts/user/", "/accounts/2fa/"


@pytest.fixture
def admin(settings):
    settings.REQUIRE_MFA_FOR_STAFF = True
    return User.objects.create_superuser("admin", password=PASSWORD)


@pytest.mark.parametrize("page", [ADMIN, PEOPLE])
def test_staff_without_it_are_sent_to_set_it_up(client, admin, page):
    client.force_login(admin)
    response = client.get(page, follow=True)
    assert response.redirect_chain[-1][0] == SET_UP
    assert "Set it up first" in response.text


def test_staff_without_it_change_nothing(client, admin, alice):
    client.force_login(admin)
    data = {"action": "sign_out_everywhere", "_selected_action": [alice.pk]}
    assert client.post(PEOPLE, data).status_code == 302
    assert client.post(f"{PEOPLE}{alice.pk}/delete/", {"post": "yes"}).status_code == 302
    assert User.objects.filter(pk=alice.pk).exists()


def test_recovery_codes_only_are_not_enough(client, admin):
    Authenticator.objects.create(user=admin, type=Authenticator.Type.RECOVERY_CODES, data={})
    client.force_login(admin)
    assert client.get(PEOPLE).status_code == 302


def test_the_admin_is_open_only_while_it_is_on(client, admin):
    TOTP.activate(admin, generate_totp_secret())
    client.force_login(admin)
    assert client.get(PEOPLE).status_code == 200
    admin.authenticator_set.all().delete()
    assert client.get(PEOPLE).status_code == 302


def test_a_password_is_enough_unless_it_is_required(client, admin, settings):
    settings.REQUIRE_MFA_FOR_STAFF = False
    client.force_login(admin)
    assert client.get(PEOPLE).status_code == 200


def test_it_does_not_open_the_admin_to_others(client, admin, alice):
    TOTP.activate(alice, generate_totp_secret())
    client.force_login(alice)
    assert client.get(PEOPLE, follow=True).status_code == 403
