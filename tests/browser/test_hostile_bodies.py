"""Scripts in messages and names never run, neither on open pages nor on loaded ones."""

import uuid

from playwright.sync_api import expect

from chat.services import drafts, memberships, posting, rooms
from chat.services.drafts import Draft
from tests.browser.page_actions import composer, connected, send

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


def test_no_attack_in_a_message_runs(url, general, alice, bob, visit):
    at_alice = connected(visit(alice, f"{url}/rooms/{general.pk}/"))
    at_bob = connected(visit(bob, f"{url}/rooms/{general.pk}/"))
    for attack in ATTACKS:
        send(at_alice, attack)
    expect(at_bob.locator("#rows .message")).to_have_count(len(ATTACKS))
    expect_unharmed(at_alice, at_bob)
    at_bob.reload()
    expect(at_bob.locator("#rows .message")).to_have_count(len(ATTACKS))
    expect_unharmed(at_bob)


def test_no_attack_in_a_name_or_a_draft_runs(url, alice, bob, visit):
    """Names of people and rooms, and drafts, also where scripts of the page insert them."""
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
    expect_unharmed(at_alice, at_bob)
    at_alice.goto(url)
    expect_unharmed(at_alice)


def expect_unharmed(*pages):
    for page in pages:
        assert page.evaluate("window.hacked") is None
        expect(page.get_by_role("main")).to_be_visible()
        assert page.locator("#rows script, #rows img, #rows style, #rows [hx-get]").count() == 0
        links = page.locator("#rows a").evaluate_all("all => all.map((a) => a.protocol)")
        assert set(links) <= {"http:", "https:"}
