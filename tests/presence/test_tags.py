"""{% load presence %}"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.utils import timezone

import presence
from tests.redis_settings import configure


def render(text, **context):
    return Template("{% load presence %}" + text).render(Context(context))


BACKENDS = ["memory.MemoryPresence", "database.DatabasePresence", "redis.RedisPresence"]


@pytest.fixture(params=BACKENDS)
def backend(request, settings):
    configure(settings, BACKEND=f"presence.backends.{request.param}")


@pytest.mark.usefixtures("backend")
def test_online_count(alice, bob):
    assert render("{% online_count %}") == "0"
    presence.mark_many([alice.pk, bob.pk])
    assert render("{% online_count as n %}{{ n }} here") == "2 here"


@pytest.mark.usefixtures("backend")
def test_is_online(alice, bob):
    presence.mark_online(alice.pk)
    text = "{% for user in users %}{{ user|is_online }} {% endfor %}"
    assert render(text, users=[alice, bob, alice.pk, str(alice.pk)]) == "True False True True "


@pytest.mark.parametrize("user", [None, AnonymousUser(), "", "somebody"])
def test_a_visitor_is_not_online(user):
    assert render("{{ user|is_online }} {{ user|last_activity }}", user=user) == "False None"
    assert render("{{ missing|is_online }}") == "False"


@pytest.mark.usefixtures("backend")
def test_online_among(alice, bob, charlie):
    presence.mark_many([alice.pk, charlie.pk])
    text = (
        "{% online_among users as online %}{{ online|length }}:"
        "{% for user in users %}{% if user in online %} {{ user.username }}{% endif %}{% endfor %}"
    )
    assert render(text, users=[alice, bob, charlie]) == "2: alice charlie"
    assert render(text, users=[]) == "0:"
    assert render(text, users=[AnonymousUser()]) == "0:"


def test_online_among_is_one_round_trip(alice, bob, charlie, round_trips):
    text = "{% online_among users as online %}{{ online|length }}"
    presence.mark_many([alice.pk, bob.pk])
    render(text, users=[alice])  # loads the script into Redis
    round_trips.clear()
    assert render(text, users=[alice, bob, charlie]) == "2"
    assert len(round_trips) == 1


@pytest.mark.usefixtures("backend")
def test_last_activity(alice, bob):
    presence.mark_online(alice.pk, timezone.now() - timedelta(minutes=3))
    assert render("{{ user|last_activity|timesince }} ago", user=alice) == "3\xa0minutes ago"
    assert render("{{ user|last_activity }}", user=bob) == "None"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "now"), (59, "now"), (61, "1\xa0minute ago"), (-5, "now")]
)
def test_ago(seconds, shown):
    when = timezone.now() - timedelta(seconds=seconds)
    assert render("{{ when|ago }}", when=when) == shown


def test_with_status(alice, bob, django_assert_num_queries):
    presence.mark_online(alice.pk)
    text = "{% for u, s in users|with_status %}{{ u.username }} {{ s.state }},{% endfor %}"
    with django_assert_num_queries(1):
        assert render(text, users=[bob, alice]) == "bob off,alice online,"


@pytest.mark.parametrize(
    ("name", "shown"), [("Alice B", "Alice B"), ("<b>", "&lt;b&gt;"), ("", "alice"), (" ", "alice")]
)
def test_display_name(alice, name, shown):
    alice.name = name
    assert render("{{ user|display_name }}", user=alice) == shown
