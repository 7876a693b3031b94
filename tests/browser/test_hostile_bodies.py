"""What people write never runs, wherever it is shown: live, in a page, in a name, in a reply."""

import uuid

from playwright.sync_api import expect

from chat.services import drafts, memberships, posting, rooms
from chat.services.drafts import Draft
from tests.browser.people import composer, connected, send

ATTACKS = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    '"><svg onload=window.hacked=1>',
    "[click](javascript:window.hacked=1)",
    "<javascript:window.hacked=1>",
    "`<img src=x onerror=window.hacked=1>`",
    '```"><img src=x onerror=window.hacked=1>\n</code></pre><script>window.hacked=1</script>\n```',
    "@<b onmouseover=window.hacked=1>bob</b>",
    "<style>body { display: none }</style>",
    "&lt;script&gt;window.hacked=1&lt;/script&gt;",
    "{{ 7 * 7 }} ${window.hacked = 1} <div hx-get=/ hx-trigger=load>",
]


def test_messages(url, general, alice, bob, visit):
    at_alice = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    at_bob = connected(visit(bob, f"{url}/rooms/{general.pk}/"))
    for attack in ATTACKS:
        send(at_alice, attack)
    expect(at_bob.locator("#rows .message")).to_have_count(len(ATTACKS))
    is_unharmed(at_alice, at_bob)
    at_bob.reload()
    expect(at_bob.locator("#rows .message")).to_have_count(len(ATTACKS))
    is_unharmed(at_bob)


def test_names(url, alice, bob, visit):
    """Of people, rooms and drafts, where the browser puts them together itself."""
    bob.name = "<img src=x onerror=window.hacked=1>"
    bob.save()
    room = rooms.create(alice, "<script>window.hacked=1</script>")
    memberships.invite(alice, room.pk, "bob")
    rooms.direct(alice, [bob.pk])
    drafts.save(alice, room.pk, Draft("</textarea><script>window.hacked=1</script>"))
    first = posting.post(bob, room.pk, uuid.uuid4(), "<b>bold</b>").message
    posting.post(bob, room.pk, uuid.uuid4(), "an answer", first.pk)
    at_alice = connected(visit(alice, f"{url}/rooms/{room.pk}/"))
    at_bob = connected(visit(bob, f"{url}/rooms/{room.pk}/"))
    composer(at_bob).press_sequentially("typing")
    expect(at_alice.locator("#typing")).to_contain_text("is typing")
    expect(at_alice.locator("#here")).to_contain_text("onerror")
    is_unharmed(at_alice, at_bob)
    at_alice.goto(url)
    is_unharmed(at_alice)


def is_unharmed(*pages):
    for page in pages:
        assert page.evaluate("window.hacked") is None
        expect(page.get_by_role("main")).to_be_visible()
        assert page.locator("#rows script, #rows img, #rows style, #rows [hx-get]").count() == 0
        links = page.locator("#rows a").evaluate_all("all => all.map((a) => a.protocol)")
        assert set(links) <= {"http:", "https:"}
