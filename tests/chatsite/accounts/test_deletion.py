import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

import presence
from chat.models import Membership, Message
from chatsite.accounts import bots, deletion
from chatsite.accounts.exceptions import LastSuperuser
from chatsite.accounts.models import Token, User
from tests.chat.factories import post_message
from tests.chatsite.accounts.conftest import bearer, confirm, sent

DELETE = reverse("delete_account")


@pytest.fixture
def signed_in(client, alice, general):
    client.force_login(alice)
    confirm(client)
    return client


def test_the_page_asks_for_the_password_and_the_username(client, alice, general):
    assert client.get(DELETE).status_code == 302
    client.force_login(alice)
    assert "reauthenticate" in client.post(DELETE, {"username": "alice"})["Location"]
    confirm(client)
    assert client.get(DELETE).status_code == 200
    for username in ("", "bob", "alic", "alice" * 50):
        assert client.post(DELETE, {"username": username}).status_code == 422
    assert User.objects.filter(pk=alice.pk).exists()


def test_everything_personal_is_deleted_and_messages_stay(signed_in, alice, general):
    post_message(alice, general, "Hello")
    _, secret = Token.objects.issue(alice, "script", Token.Scope.WRITE)
    _, bot_secret = bots.create(alice, "alicebot", "Bot", general)
    response = signed_in.post(DELETE, {"username": "@Alice"})
    assert response["Location"] == reverse("account_login")
    assert not User.objects.filter(username__in=["alice", "alicebot"]).exists()
    for model in (EmailAddress, Token, UserSession, Membership, Session):
        assert not model.objects.exists()
    message = Message.objects.get()
    assert (message.author, message.body) == (None, "Hello")
    for lost in (secret, bot_secret):
        assert signed_in.get("/api/me", **bearer(lost)).status_code == 401
    assert signed_in.get("/").status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["page", "admin", "shell"])
def test_a_deleted_user_is_not_online(nobody_online, signed_in, alice, admin_client, general, how):
    bot, secret = bots.create(alice, "alicebot", "Bot", general)
    signed_in.get("/api/me")
    Client().get("/api/me", headers=bearer(secret))
    ids = [alice.pk, bot.pk]
    assert presence.is_online(ids) == set(ids)
    if how == "page":
        signed_in.post(DELETE, {"username": "alice"})
    elif how == "admin":
        url = reverse("admin:accounts_user_delete", args=[alice.pk])
        admin_client.post(url, {"post": "yes"})
    else:
        User.objects.filter(pk=alice.pk).delete()
    assert not User.objects.filter(pk__in=ids).exists()
    assert presence.is_online(ids) == set()


def test_a_mail_confirms_the_deletion(signed_in, alice):
    EmailAddress.objects.create(user=alice, email="not-mine@example.org", verified=False)
    assert alice.emailaddress_set.filter(verified=True).exists()
    signed_in.post(DELETE, {"username": "alice"})
    assert [mail.to for mail in sent()] == [["alice@example.org"]]


def test_the_username_is_free_again(signed_in, alice):
    signed_in.post(DELETE, {"username": "alice"})
    assert User.objects.create_user("alice").pk != alice.pk


def test_the_last_superuser_is_not_deleted(signed_in, alice):
    alice.is_superuser = True
    alice.save()
    response = signed_in.post(DELETE, {"username": "alice"})
    assert response.status_code == 422
    assert b"only superuser" in response.content
    root = User.objects.create_superuser("root", password="x")
    root.is_active = False
    root.save()
    with pytest.raises(LastSuperuser):
        deletion.delete(alice)
    root.is_active = True
    root.save()
    deletion.delete(alice)
    assert list(User.objects.filter(is_superuser=True)) == [root]


@pytest.fixture
def admin(client, db):
    root = User.objects.create_superuser("root", password="x")
    client.force_login(root)
    return client


def test_the_admin_deletes_a_user(admin, alice, general):
    post_message(alice, general, "Hello")
    change = reverse("admin:accounts_user_change", args=[alice.pk])
    assert admin.get(change).status_code == 200
    LogEntry.objects.create(
        user=User.objects.get(username="root"),
        content_type_id=contenttype(),
        object_id=str(alice.pk),
        object_repr="alice",
        action_flag=2,
    )
    page = reverse("admin:accounts_user_delete", args=[alice.pk])
    assert b"Cannot delete" not in admin.get(page).content
    assert admin.post(page, {"post": "yes"}).status_code == 302
    assert Message.objects.get().author is None
    assert "alice" not in str(list(LogEntry.objects.filter(action_flag=2).values("object_repr")))


def contenttype():
    from django.contrib.contenttypes.models import ContentType

    return ContentType.objects.get_for_model(User).pk


def test_the_admin_does_not_delete_the_last_superuser(admin, alice):
    root = User.objects.get(username="root")
    page = reverse("admin:accounts_user_delete", args=[root.pk])
    assert b"the last superuser" in admin.get(page).content
    admin.post(page, {"post": "yes"})
    rows = {"action": "delete_selected", "_selected_action": [root.pk, alice.pk], "post": "yes"}
    admin.post(reverse("admin:accounts_user_changelist"), rows)
    assert User.objects.filter(username__in=["root", "alice"]).count() == 2
