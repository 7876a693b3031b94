"""Messages of private rooms and direct conversations in the admin."""

import time

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from chat import admin_access
from chat.services import drafts, memberships, room_deletion, rooms
from chat.services.drafts import Draft
from tests.chat.factories import post_message

REASON = "A member reported threats in here."
MESSAGES = reverse("admin:chat_message_changelist")


@pytest.fixture(params=["private", "direct"])
def secret(request, alice, bob, den):
    room = den if request.param == "private" else rooms.direct(alice, [bob.pk])
    return post_message(alice, room, "Secret words")


def reading_url(room):
    return reverse("admin:chat_room_read", args=[room.pk])


def message_url(message):
    return reverse("admin:chat_message_change", args=[message.pk])


def shows_secret(client, message):
    addresses = (MESSAGES, f"{MESSAGES}?q=Secret", f"{MESSAGES}?room__id__exact={message.room_id}")
    pages = [client.get(address, follow=True).content for address in addresses]
    pages.append(client.get(message_url(message), follow=True).content)
    return [b"Secret words" in page for page in pages]


def test_private_messages_are_hidden_without_a_reason(admin, secret):
    assert shows_secret(admin, secret) == [False] * 4
    admin.post(MESSAGES, {"action": "moderate", "_selected_action": [secret.pk]})
    secret.refresh_from_db()
    assert not secret.deleted


@pytest.mark.parametrize("reason", ["", "   ", "because", "x" * 501])
def test_an_invalid_reason_opens_nothing(admin, secret, reason):
    assert admin.post(reading_url(secret.room), {"reason": reason}).status_code == 200
    assert shows_secret(admin, secret) == [False] * 4
    assert not LogEntry.objects.exists()


def test_a_superuser_opens_one_room_and_the_reason_is_logged(admin, staff, secret, charlie):
    other = post_message(charlie, rooms.create(charlie, "Other", private=True), "Other words")
    response = admin.post(reading_url(secret.room), {"reason": REASON})
    assert response.status_code == 302
    assert shows_secret(admin, secret) == [True] * 4
    assert b"Other words" not in admin.get(MESSAGES).content
    assert b"Other words" not in admin.get(message_url(other), follow=True).content
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (staff, str(secret.room_id))
    assert REASON in entry.change_message


def test_the_room_closes_after_an_hour(rf, staff, client, secret):
    request = rf.get("/")
    request.user, request.session = staff, client.session
    now = time.time()
    admin_access.grant(request, secret.room, now)
    assert admin_access.granted_room_ids(request, now + 3599) == [secret.room_id]
    assert admin_access.granted_room_ids(request, now + 3600) == []


def test_a_former_superuser_reads_nothing(admin, staff, secret):
    admin.post(reading_url(secret.room), {"reason": REASON})
    staff.is_superuser = False
    staff.save()
    staff.user_permissions.set(Permission.objects.filter(codename="view_message"))
    assert shows_secret(admin, secret) == [False] * 4


def test_other_staff_cannot_open_a_room(client, charlie, secret):
    charlie.is_staff = True
    charlie.save()
    charlie.user_permissions.set(Permission.objects.filter(content_type__app_label="chat"))
    client.force_login(charlie)
    assert client.get(reading_url(secret.room)).status_code == 403
    assert client.post(reading_url(secret.room), {"reason": REASON}).status_code == 403
    assert shows_secret(client, secret) == [False] * 4


def test_the_admin_shows_no_drafts(admin, alice, den):
    drafts.save(alice, den.pk, Draft("Secret draft"))
    membership = den.memberships.get()
    page = reverse("admin:chat_membership_change", args=[membership.pk])
    assert b"Secret draft" not in admin.get(page).content


def add(admin, room, user):
    return admin.post(reverse("admin:chat_membership_add"), {"room": room.pk, "user": user.pk})


def test_nobody_reads_a_private_room_by_adding_a_member(admin, staff, charlie, den):
    for person in (staff, charlie):
        assert "room" in add(admin, den, person).context["adminform"].errors
    assert den.memberships.count() == 1


def test_a_superuser_who_gave_a_reason_adds_a_member(admin, charlie, den):
    admin.post(reading_url(den), {"reason": REASON})
    assert add(admin, den, charlie).status_code == 302
    assert den.memberships.filter(user=charlie).exists()


def test_a_member_of_the_room_adds_another_member(admin, staff, alice, charlie, den):
    memberships.invite(alice, den.pk, staff.username)
    assert add(admin, den, charlie).status_code == 302


def test_nobody_is_added_to_a_deleted_room(admin, charlie, den):
    admin.post(reading_url(den), {"reason": REASON})
    room_deletion.mark_deleted(den)
    assert add(admin, den, charlie).status_code == 200
    assert not den.memberships.exists()


def test_a_missing_room_returns_404(admin, db):
    assert admin.get(reverse("admin:chat_room_read", args=[10**9])).status_code == 404
