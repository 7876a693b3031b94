"""The owner changes how the site presents itself, and every page and mail shows it."""

import re
from io import BytesIO

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.db.models.query import QuerySet
from django.test import Client
from PIL import Image

from chatsite.accounts.adapter import TwoFactorAdapter
from chatsite.accounts.models import User
from chatsite.community import identity
from chatsite.community.models import ONLY, Community
from chatsite.ops.database_outage import outage
from tests.chatsite.accounts.conftest import sent

pytestmark = pytest.mark.django_db
PAGE = "/accounts/community/"
VALUES = {
    "name": "Pottery Club",
    "accent": "#7a1fa2",
    "welcome": "Clay for everybody.",
    "rules_url": "https://example.org/rules",
    "imprint_url": "https://example.org/imprint",
    "privacy_url": "https://example.org/privacy",
}


@pytest.fixture
def root(client):
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def pottery(root):
    assert root.post(PAGE, {**VALUES, "picture": picture()}).status_code == 302


def picture(colour: str = "#aa5500") -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (64, 64), colour).save(file, "PNG")
    return SimpleUploadedFile("logo.png", file.getvalue(), "image/png")


def test_every_page_shows_the_name_the_picture_and_the_colour(pottery, root, client):
    shown = identity.current()
    for path in ("/", "/accounts/profile/", "/online/", "/admin/", "/api/docs", "/nothing/"):
        html = root.get(path).content.decode()
        assert "Pottery Club" in html, path
        assert f"/community/{shown.picture}.png" in html, path
        assert f"/community/{shown.style}.css" in html, path


def test_people_see_the_welcome_and_the_links_before_they_sign_in(pottery, client):
    client.logout()
    for path in ("/accounts/login/", "/accounts/signup/"):
        html = client.get(path).content.decode()
        assert "Clay for everybody." in html
        for name in ("rules", "imprint", "privacy"):
            assert f'href="https://example.org/{name}"' in html
    assert "you accept" in client.get("/accounts/signup/").content.decode()


def test_a_member_without_rooms_is_welcomed(pottery, client):
    client.force_login(User.objects.create_user("alice"))
    assert "Clay for everybody." in client.get("/").content.decode()


def test_mails_have_the_name_the_picture_and_the_colour(pottery, client):
    client.logout()
    alice = User.objects.create_user("alice", password="correct horse 9")
    EmailAddress.objects.create(user=alice, email="a@example.org", verified=True, primary=True)
    client.post("/accounts/password/reset/", {"email": "a@example.org"})
    mail = sent()[-1]
    assert mail.subject == "Pottery Club: Reset your password"
    html = mail.alternatives[0].content
    assert f"http://testserver/community/{identity.current().picture}.png" in html
    assert "#7a1fa2" in html
    link = next(line for line in mail.body.splitlines() if line.startswith("http"))
    assert f'href="{link}"' in html
    assert "Pottery Club, testserver" in mail.body


def test_an_authenticator_app_shows_the_name(pottery):
    assert TwoFactorAdapter().get_totp_issuer() == "Pottery Club"


def test_the_picture_and_the_colours_are_cached_by_everybody(pottery, client):
    shown = identity.current()
    for path, kind in ((f"{shown.picture}.png", "image/png"), (f"{shown.style}.css", "text/css")):
        client.logout()
        for response in (client.get(f"/community/{path}"), root_get(client, f"/community/{path}")):
            assert response["Content-Type"] == kind
            assert response["Cache-Control"] == "public, max-age=31536000, immutable"


def root_get(client, path):
    client.force_login(User.objects.get(username="root"))
    return client.get(path)


@pytest.mark.parametrize("path", ["0123456789ab.png", "0123456789ab.css", "x.png", ".png", "a.gif"])
def test_an_address_of_another_picture_is_not_found(pottery, client, path):
    assert client.get(f"/community/{path}").status_code == 404


def test_without_a_choice_there_is_no_picture_and_no_stylesheet(client, db):
    html = client.get("/accounts/login/").content.decode()
    assert "/community/" not in html
    assert "Chatsite" in html


def test_the_defaults_of_the_form_are_not_stored(root):
    root.post(PAGE, {"name": "Chatsite", "accent": "#0B66B8"})
    stored = Community.objects.get()
    assert (stored.name, stored.accent, bytes(stored.picture)) == ("", "", b"")


def test_saving_without_a_file_keeps_the_picture(pottery, root):
    before = identity.current().picture
    root.post(PAGE, VALUES)
    assert identity.current().picture == before
    assert Community.objects.count() == 1


def test_the_picture_is_replaced_and_removed(pottery, root):
    before = identity.current().picture
    root.post(PAGE, {**VALUES, "picture": picture("#005500")})
    assert identity.current().picture not in ("", before)
    root.post(PAGE, {**VALUES, "remove_picture": "on"})
    assert identity.current().picture == ""


@pytest.mark.parametrize(
    "values",
    [
        {"name": "x" * 61},
        {"name": "a\u202eb"},
        {"name": "a\0b"},
        {"accent": "red"},
        {"accent": "#12345"},
        {"accent": "#123456;} body {display:none"},
        {"welcome": "x" * 501},
        {"welcome": "a\0b"},
        {"rules_url": "javascript:alert(1)"},
        {"imprint_url": "nowhere at all"},
        {"privacy_url": "https://example.org/" + "x" * 300},
        {"picture": SimpleUploadedFile("a.svg", b"<svg/>", "image/svg+xml")},
        {"picture": SimpleUploadedFile("a.png", b"\x89PNG" + b"\0" * (5 * 2**20 + 1), "image/png")},
    ],
    ids=lambda values: next(iter(values)),
)
def test_a_wrong_value_is_refused_and_nothing_is_stored(root, values):
    response = root.post(PAGE, {**VALUES, **values})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    assert not Community.objects.exists()


@pytest.mark.parametrize("name", ["陶艺社", "نادي الفخار", "Tøpferklub", "🏺"])
def test_the_name_may_be_in_any_script(root, name):
    root.post(PAGE, {**VALUES, "name": name})
    assert f"<bdi>{name}</bdi>" in root.get("/").content.decode()


def test_only_those_with_the_permission_change_it(client):
    assert client.get(PAGE).status_code == 302
    alice = User.objects.create_user("alice")
    client.force_login(alice)
    assert client.get(PAGE).status_code == client.post(PAGE, VALUES).status_code == 403
    assert PAGE not in client.get("/accounts/").content.decode()
    alice.user_permissions.add(Permission.objects.get(codename="change_community"))
    assert PAGE in client.get("/accounts/").content.decode()
    assert client.post(PAGE, VALUES).status_code == 302


def test_another_process_shows_a_change_after_five_seconds(db):
    assert identity.current(now=100).name == "Chatsite"
    Community.objects.bulk_create([Community(pk=ONLY, name="Pottery Club")])  # sends no signal
    assert identity.current(now=104.9).name == "Chatsite"
    assert identity.current(now=105).name == "Pottery Club"


def test_the_last_name_stays_while_the_database_is_away(pottery, monkeypatch):
    def fail(*args):
        raise DatabaseError("gone")

    assert identity.current().name == "Pottery Club"
    monkeypatch.setattr(QuerySet, "first", fail)
    identity.cache.clear()
    assert identity.current().name == "Pottery Club"
    monkeypatch.setattr(outage, "is_on", True)
    identity.cache.clear()
    assert identity.current().name == "Pottery Club"


def test_the_form_opens_before_this_process_has_read_a_new_picture(root):
    assert identity.current().picture == ""
    Community.objects.bulk_create([Community(pk=ONLY, picture=b"PNG")])  # by another process
    assert root.get(PAGE).status_code == 200


def test_a_new_member_sees_the_welcome_once(root, general):
    general.is_default = True
    general.save()
    client = Client()
    root.post(PAGE, {**VALUES, "welcome": "Be kind.\nكن لطيفا"})
    data = {"name": "李明", "password1": "correct horse 9"}
    page = client.post("/accounts/signup/", data, follow=True)
    assert re.search("Be kind.\r?\nكن لطيفا", page.text)
    assert "Be kind." not in client.get("/").text
