"""The page of a project without templates of its own."""

from datetime import timedelta

from django.utils import timezone

import presence


def test_it_lists_who_is_online(client, alice, bob):
    presence.mark_online(bob.pk, timezone.now() - timedelta(minutes=2))
    client.force_login(alice)
    html = client.get("/people/online/").text
    assert "2 people" in html
    assert html.index("@alice") < html.index("@bob")
    assert "2\xa0minutes ago" in html
    assert html.count("(you)") == 1


def test_it_has_its_own_style(client, alice):
    client.force_login(alice)
    assert (
        '<link rel="stylesheet" href="/static/presence/base.css">'
        in client.get("/people/online/").text
    )


def test_visitors_sign_in_first(client, db):
    assert client.get("/people/online/").url == "/sign-in/?next=/people/online/"


def test_names_are_the_full_name_or_the_username(client, alice, bob):
    type(bob).objects.filter(pk=bob.pk).update(first_name="Bob", last_name="<b>")
    presence.mark_online(bob.pk)
    client.force_login(alice)
    html = client.get("/people/online/").text
    assert "<bdi>alice</bdi>" in html
    assert "<bdi>Bob &lt;b&gt;</bdi>" in html


def test_a_project_may_have_its_own_base(client, alice, settings, tmp_path):
    (tmp_path / "presence").mkdir()
    (tmp_path / "presence" / "base.html").write_text("Ours: {% block main %}{% endblock %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    client.force_login(alice)
    html = client.get("/people/online/").text
    assert html.startswith("Ours:")
    assert "@alice" in html


def test_charts_are_for_staff(client, alice):
    type(alice).objects.filter(pk=alice.pk).update(is_staff=True)
    client.force_login(alice)
    assert "Online over the last day" in client.get("/people/online/").text
