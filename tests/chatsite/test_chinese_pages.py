"""In Chinese, no page, mail or error has an English word left."""

from pathlib import Path
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from chat.services import archiving, editing, memberships, posting, rooms
from chatsite.accounts.models import Token, User
from chatsite.ops.database_outage import outage
from presence.models import LastSeen, Sample
from tests.chatsite.walk import Walk
from tests.conftest import PASSWORD
from tests.page_texts import KNOWN, english_words, words_of

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
MAILS = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.glob("*/email/*_*.txt"))
# Usernames, their addresses, the queues, and a hidden field.
NAMES = {"alice", "bob", "charlie", "robot", "root", "example", "org", "default", "exports"}
NAMES |= {"credential"}
FOR_ALL = [
    *("/", "/nowhere/", "/accounts/login/", "/accounts/signup/"),
    *("/accounts/inactive/", "/accounts/confirm-email/", "/accounts/confirm-email/unknown/"),
    *("/accounts/password/reset/", "/accounts/password/reset/done/"),
    *("/accounts/password/reset/key/done/", "/accounts/password/reset/key/1-unknown/"),
]
FOR_MEMBERS = [
    *("/?q=bob", "/?q=nobody", "/jump/", "/people/", "/sidebar/", "/online/", "/rooms/new/"),
    *("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"),
    *("/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/generate/"),
    "/accounts/reauthenticate/",
]
OF_ROOMS = ["", "?before=2", "?at=1", "members/", "leave/", "delete/", "people/", "names/"]


def browser() -> Client:
    return Client(headers={"Accept-Language": "zh-CN"}, raise_request_exception=False)


def english_on(walk: Walk) -> dict[str, set[str]]:
    found = {request: english_words(html, NAMES) for request, html in walk.pages()}
    assert found
    return {request: texts for request, texts in found.items() if texts}


@pytest.fixture(autouse=True)
def _unlimited(settings, chat_settings):
    chat_settings["RATE_LIMITS"] = settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def people() -> dict[str, User]:
    """alice owns rooms, bob is a member, charlie is new, root is staff."""
    names = {"alice": "爱丽丝", "bob": "鲍勃", "charlie": "查理"}
    found = {
        username: User.objects.create_user(username, password=PASSWORD, name=name)
        for username, name in names.items()
    }
    return found | {"root": User.objects.create_superuser("root", password=PASSWORD, name="站长")}


@pytest.fixture
def room_ids(people) -> list[int]:
    """The rooms of a small site in which everything has happened once."""
    alice, bob, charlie, root = people.values()
    hall, archived = rooms.create(alice, "大厅"), rooms.create(alice, "旧大厅")
    archiving.set_archived(archived, True)
    memberships.join(bob, hall.pk)
    fill(hall, alice, bob)
    add_robot(alice, hall)
    for verified, address in enumerate(["bob@example.org", "alice@example.org"]):
        EmailAddress.objects.create(user=alice, email=address, verified=verified, primary=verified)
    TOTP.activate(root, generate_totp_secret())
    RecoveryCodes.activate(root)
    Authenticator.objects.create(
        user=bob, type=Authenticator.Type.WEBAUTHN, data={"name": "钥匙", "credential": {}}
    )
    Group.objects.create(name="小组")
    Sample.objects.create(at=timezone.now(), people=3)
    LastSeen.objects.update_or_create(user=bob, defaults={"seen_at": timezone.now()})
    private = rooms.create(alice, "密室", private=True)
    conversations = rooms.direct(alice, [bob.pk]), rooms.direct(alice, [bob.pk, charlie.pk])
    return [room.pk for room in (hall, archived, private, *conversations)]


def fill(room, alice, bob) -> None:
    first = posting.post(bob, room.pk, uuid4(), "你好").message
    reply = posting.post(alice, room.pk, uuid4(), "@bob 看", first.pk).message
    editing.edit(alice, reply.pk, "@bob 请看")
    editing.react(bob, reply.pk, "🎉", True)
    editing.delete(bob, posting.post(bob, room.pk, uuid4(), "没有").message.pk)


def add_robot(owner, room) -> None:
    robot = User.objects.create(username="robot", name="机器", is_bot=True, owner=owner)
    memberships.add(room, robot)
    for user in (owner, robot):
        Token.objects.issue(user, "笔记本", Token.Scope.WRITE)


def test_pages_before_signing_in():
    assert english_on(Walk(browser(), FOR_ALL)) == {}


@pytest.mark.parametrize("username", ["charlie", "bob", "alice", "root"])
def test_pages_and_mistakes_of_a_user(people, room_ids, username):
    client = browser()
    client.force_login(people[username])
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    of_rooms = [f"/rooms/{pk}/{page}" for pk in room_ids for page in OF_ROOMS]
    admin = ["/admin/", "/admin/chat/room/999/change/"] if username == "root" else ["/admin/"]
    assert english_on(Walk(client, [*FOR_ALL, *FOR_MEMBERS, *of_rooms, *admin])) == {}


def test_permissions(people):
    client = browser()
    client.force_login(people["root"])
    page = client.get("/admin/auth/group/add/").text
    assert "聊天 | 房间 | 可以添加" in page
    assert "社区 | 社区 | 可以查看" in page


def test_words_of_the_scripts_of_the_admin(people):
    client = browser()
    client.force_login(people["root"])
    page = client.get("/admin/jsi18n/").text
    assert '"Choose all %s": "\\u9009\\u62e9\\u5168\\u90e8 %s"' in page


@pytest.mark.parametrize(
    ("status", "headers"), [(400, {"Host": "evil.example"}), (404, {}), (503, {})]
)
def test_errors(monkeypatch, status, headers):
    monkeypatch.setattr(outage, "refuses", status == 503)
    response = browser().get("/nowhere/", headers=headers)
    assert response.status_code == status
    assert english_words(response.text, set()) == set()


def test_a_form_without_its_token():
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "zh-CN"})
    response = client.post("/accounts/login/", {})
    assert response.status_code == 403
    assert english_words(response.text, set()) == set()


def test_an_error_of_the_site(people, monkeypatch):
    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("chatsite.accounts.views.devices.unexpired", fail)
    client = browser()
    client.force_login(people["alice"])
    response = client.get("/accounts/devices/")
    assert response.status_code == 500
    assert english_words(response.text, set()) == set()


@pytest.mark.parametrize("template", MAILS)
def test_mails(template):
    with override("zh-hans"):
        text = render_to_string(template, {"timestamp": timezone.now()})
    assert words_of(text) <= KNOWN
