"""The admin of a project whose users have UUIDs, and whose tables of presence are elsewhere."""

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from presence import history
from presence.models import LastSeen


@pytest.fixture
def page(client):
    staff = get_user_model().objects.create_superuser("staff")
    client.force_login(staff)
    return lambda address: client.get(f"/admin/presence/{address}/").text


def test_it_lists_when_users_were_seen(page, alice):
    LastSeen.objects.create(user_id=alice.pk, seen_at=timezone.now())
    assert "alice" in page("lastseen")
    assert "alice" in page(f"lastseen/{alice.pk}/change")


def test_it_lists_a_user_who_is_gone(page, alice):
    LastSeen.objects.create(user_id=alice.pk, seen_at=timezone.now())
    get_user_model().objects.filter(pk=alice.pk)._raw_delete("default")
    assert str(alice.pk) in page("lastseen")


def test_it_shows_charts(page):
    history.record()
    assert 'class="chart"' in page("sample")
