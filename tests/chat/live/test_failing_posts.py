"""An error in one post does not affect the other posts of its batch."""

import asyncio
import threading
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, OperationalError

from chat.exceptions import Forbidden, Invalid, RateLimited, Unavailable
from chat.live import post_batcher as batching
from chat.live.db_threads import run
from chat.live.post_batcher import WAITING_POSTS_MAX, PostBatcher
from chat.models import Message
from chat.rendering import markdown
from chat.services import post_batch, posts
from chat.services.posts import Post
from tests.chat.factories import post_of

pytestmark = pytest.mark.usefixtures("transactional_db", "hub_stopped")

TOO_LARGE = [2**63, 10**20, 10**400, -1]


async def results_of(*batch: Post) -> list:
    batcher = PostBatcher()
    return await asyncio.gather(*map(batcher.submit, batch), return_exceptions=True)


@pytest.mark.parametrize("number", TOO_LARGE)
async def test_an_invalid_room_number_is_refused(alice, bob, general, number):
    wrong = Post(bob, number, uuid4(), "Hello")
    good, refused, other = await results_of(post_of(alice, general), wrong, post_of(alice, general))
    assert (good.message.seq, other.message.seq) == (1, 2)
    assert isinstance(refused, Forbidden)


@pytest.mark.parametrize("number", TOO_LARGE)
async def test_an_invalid_reply_number_is_refused(alice, bob, general, number):
    wrong = Post(bob, general.pk, uuid4(), "Hello", reply_to=number)
    good, refused = await results_of(post_of(alice, general), wrong)
    assert good.message.seq == 1
    assert isinstance(refused, Forbidden)


@pytest.mark.parametrize("body", ["half a pair: \ud800", "nothing: \x00"])
async def test_text_that_the_database_refuses_is_invalid(alice, bob, general, body):
    """Posted text never contains it, as clean_body refuses it earlier."""
    good, refused, other = await results_of(
        post_of(alice, general), post_of(bob, general, body), post_of(alice, general)
    )
    assert (good.message.author, other.message.author) == (alice, alice)
    if not isinstance(refused, posts.PostResult):  # SQLite keeps a NUL
        assert isinstance(refused, Invalid)


def failing(bad: str, error: Exception, original):
    """Returns `original`, but it raises `error` for a post whose body is `bad`."""

    def function(message):
        if message.body == bad:
            raise error
        return original(message)

    return function


@pytest.mark.parametrize(
    "error",
    [OverflowError(), DataError(), IntegrityError(), KeyError("bug"), ValueError(), TypeError()],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("place", [0, 7, 19])
async def test_any_error_refuses_only_the_post_that_raises_it(
    alice, bob, general, monkeypatch, error, place
):
    monkeypatch.setattr(
        post_batch, "column_values", failing("bad", error, post_batch.column_values)
    )
    batch = [post_of((alice, bob)[n % 2], general, f"number {n}") for n in range(20)]
    batch[place].body = "bad"
    results = await results_of(*batch)
    refused = results.pop(place)
    assert isinstance(refused, Invalid)
    assert [written.message.seq for written in results] == list(range(1, 20))


async def test_a_database_failure_is_reported_as_unavailable(alice, general, monkeypatch):
    error = OperationalError("terminating connection")
    monkeypatch.setattr(
        post_batch, "column_values", failing("bad", error, post_batch.column_values)
    )
    good, refused = await results_of(post_of(alice, general), post_of(alice, general, "bad"))
    assert good.message.seq == 1
    assert isinstance(refused, Unavailable)


async def test_a_batch_is_not_split_for_long_while_the_database_is_away(
    alice, general, monkeypatch
):
    calls = []

    def write(batch):
        calls.append(len(batch))
        raise OperationalError("connection refused")

    monkeypatch.setattr(post_batch, "write", write)
    monkeypatch.setattr(batching, "SPLITTING_SECONDS", 0)
    refused = await results_of(*(post_of(alice, general) for _ in range(8)))
    assert {type(error) for error in refused} == {Unavailable}
    assert calls == [8]


async def test_a_body_that_cannot_be_rendered_is_refused(alice, bob, general, monkeypatch, caplog):
    original = markdown.render_markup

    def render(body, people):
        if "bug" in body:
            raise IndexError(body)
        return original(body, people)

    monkeypatch.setattr(markdown, "render_markup", render)
    bodies = ["*one*", "*bug*", "two", "*three*"]
    results = await results_of(
        *(post_of(alice, general, body) for body in bodies), post_of(bob, general, "*four*")
    )
    assert isinstance(results.pop(1), Invalid)
    written = sorted((result.message for result in results), key=lambda message: message.seq)
    assert [m.body for m in written if m.author == alice] == ["*one*", "two", "*three*"]
    assert [m.body for m in written if m.author == bob] == ["*four*"]
    assert "IndexError" in caplog.text


async def test_a_failed_mention_lookup_refuses_only_its_post(alice, bob, general, monkeypatch):
    original = posts.mentionable_ids

    def lookup(bodies):
        if any("@nobody" in body for body in bodies):
            raise DataError("a name that cannot be")
        return original(bodies)

    monkeypatch.setattr(posts, "mentionable_ids", lookup)
    good, refused = await results_of(
        post_of(alice, general, "@bob"), post_of(alice, general, "@nobody")
    )
    assert good.message.mentions == [bob.pk]
    assert isinstance(refused, Invalid)


async def test_markup_is_rendered_in_a_thread_of_the_pool(alice, general, monkeypatch):
    threads = set()
    original = markdown.render_markup

    def render(body, people):
        threads.add(threading.current_thread().name)
        return original(body, people)

    monkeypatch.setattr(markdown, "render_markup", render)
    await results_of(*(post_of(alice, general, "*Hello*") for _ in range(3)))
    assert {name.rsplit("_", 1)[0] for name in threads} == {"chat-pool"}


async def test_rendered_and_plain_posts_of_a_person_keep_their_order(alice, general):
    bodies = [("plain {}", "*markup* {}", "@alice {}")[n % 3].format(n) for n in range(100)]
    await results_of(*(post_of(alice, general, body) for body in bodies))
    written = await run(lambda: list(Message.objects.order_by("seq")))
    assert [message.body for message in written] == bodies


async def test_the_number_of_waiting_posts_of_a_user_is_limited(alice, bob, general):
    batcher = PostBatcher()
    futures = [batcher.submit(post_of(alice, general)) for _ in range(WAITING_POSTS_MAX)]
    beyond = batcher.submit(post_of(alice, general))
    assert isinstance(beyond.exception(), RateLimited)  # immediately
    assert (await batcher.submit(post_of(bob, general))).created
    assert len(await asyncio.gather(*futures)) == WAITING_POSTS_MAX
    assert (await batcher.submit(post_of(alice, general))).created


async def test_another_person_does_not_wait_for_six_hundred_posts(alice, bob, general):
    batcher = PostBatcher()
    futures = [batcher.submit(post_of(alice, general, "*Hello*")) for _ in range(600)]
    await futures[0]
    written = await batcher.submit(post_of(bob, general))
    assert sum(future.done() for future in futures) < 200
    await asyncio.gather(*futures)
    assert written.message.seq < 200
